package io.fadvised.engine;

import io.fadvised.config.DeviceSelection;
import io.fadvised.config.DirectIoMode;
import io.fadvised.directio.CompressedImage;
import io.fadvised.linux.Failures;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.FileNames;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.OpeningStep;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.UnmeasurableException;
import io.fadvised.policy.Backoff;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.Decision;
import io.fadvised.policy.EvictionPlan;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.ReadAhead;
import io.fadvised.policy.Reason;
import io.fadvised.policy.Returns;
import io.fadvised.policy.SweepPolicy;
import io.fadvised.policy.SweepPolicy.Measured;
import io.fadvised.policy.Thrashing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Sweeps one device once, on a worker's thread: open, measure, decide, evict, measure, close. It
 * uses only the {@link SweepJob} and the {@link SweepMemory}, and returns a {@link SweepReport}.
 */
final class Sweeper {
  /** With doubling intervals they take longer than the 30 s that the kernel leaves pages dirty. */
  private static final int MAX_FRUITLESS_EVICTIONS = 7;

  private final Host host;
  private final Kernel kernel;
  private final Evictor evictor;
  private final SweepJob job;
  private final SweepMemory memory;
  private final long startNanos;
  private volatile OpeningStep step;
  private volatile boolean abandoned;

  private Decision decision = Decision.leave(Reason.Code.FAILED, "the sweep did not end");
  private Optional<LoopDevice> attachment = Optional.empty();
  private FileNames names;
  private Optional<Residency> before = Optional.empty();
  private Optional<Eviction> eviction = Optional.empty();
  private Optional<SweepReport.FileFound> file = Optional.empty();
  private FillRate fill;
  private Backoff backoff;
  private DirectIoFinding directIo;
  private long readBackBytes;
  private Duration measuring = Duration.ZERO;

  /**
   * @param filesystem of the backing file; empty if it is unknown before the file is opened
   */
  Sweeper(Host host, Evictor evictor, SweepJob job, SweepMemory memory, OptionalLong filesystem) {
    this.host = host;
    this.evictor = evictor;
    this.job = job;
    this.memory = memory;
    kernel = host.kernel();
    step = new OpeningStep("opening its backing file", filesystem);
    names = job.names();
    fill = job.fill();
    backoff = job.backoff();
    directIo = job.directIo();
    startNanos = host.clock().nanos();
  }

  /** Returns the present step, and the filesystem that is hung if it hangs. Safe for any thread. */
  OpeningStep step() {
    return step;
  }

  /** Returns its input. */
  SweepJob job() {
    return job;
  }

  private void begin(OpeningStep next) {
    step = next;
  }

  private void begin(String words) {
    begin(new OpeningStep(words, step.filesystem()));
  }

  /** Returns the name of the device. Safe for any thread. */
  String device() {
    return job.device().name();
  }

  /** Ends evicting after the present call: it hung, or the device changed. Safe for any thread. */
  void abandon() {
    abandoned = true;
  }

  /** Sweeps the device; a failure becomes the reason in the report. */
  SweepReport run() throws InterruptedException {
    try {
      sweep(job.device());
    } catch (UnreachableException e) {
      forget(codeOf(e.kind()), e.reason());
    } catch (UnmeasurableException e) {
      forget(Reason.Code.UNMEASURABLE, e.reason());
    } catch (AttachmentChangedException e) {
      forget(Reason.Code.CHANGED, "detached or attached again during the sweep");
      file = Optional.empty();
    } catch (IOException | RuntimeException e) { // one bad device must not stop the others
      forget(Reason.Code.FAILED, wordsOf(e) + "; tried again later");
    }
    return new SweepReport(
        job.device().name(),
        attachment,
        names,
        decision,
        before,
        eviction,
        file,
        fill,
        backoff,
        readBackBytes,
        memory.readBack.outBytes(),
        directIo,
        Duration.ofNanos(host.clock().nanos() - startNanos),
        measuring);
  }

  private void sweep(LoopDevice device)
      throws IOException,
          UnreachableException,
          UnmeasurableException,
          AttachmentChangedException,
          InterruptedException {
    try (BackingFile backing = host.opener().open(device, this::begin)) {
      begin(new OpeningStep("measuring", OptionalLong.of(backing.filesystemDevice())));
      FileIdentity identity = backing.stat().identity();
      if (job.knownFile().isPresent() && !job.knownFile().get().equals(identity)) {
        throw new AttachmentChangedException();
      }
      file =
          Optional.of(
              new SweepReport.FileFound(
                  identity, backing.filesystemDevice(), backing.foundBy(), Optional.empty()));
      names = names.opened(backing.hostPath());
      if (applyPatterns()) {
        work(device, backing);
      }
      begin("closing its backing file");
      requireUnchanged(device, identity);
    }
  }

  /** Returns whether the device is still to be swept under all names of its opened file. */
  private boolean applyPatterns() {
    String device = job.device().name();
    DeviceSelection selection = job.settings().devices().selection(device, names.texts());
    if (!selection.included()) {
      decision = Decision.leave(Reason.Code.EXCLUDED, selection.reason());
    } else if (!job.settings().forDevice(device, names.texts()).equals(job.policy())) {
      decision = Decision.leave(Reason.Code.NEW, "another path of its file selects other settings");
    }
    return selection.included() && decision.reason().code() != Reason.Code.NEW;
  }

  private void work(LoopDevice device, BackingFile backing)
      throws IOException, UnmeasurableException, InterruptedException {
    OpenFile open = backing.file();
    ByteRange range = DeviceRange.of(device, backing.stat().sizeBytes(), kernel.pageBytes());
    Measurement measurement = measure(backing, range);
    if (job.onlyMeasures()) {
      decision = Decision.leave(Reason.Code.NEW, "only measured");
      return;
    }
    if (!job.isContinuation()) { // else pages had no time to be read back
      judgeReadBack(open);
    }
    begin("checking direct I/O");
    directIo = checkDirectIo(backing);
    decision = decide(backing);
    if (decision.evicts() && job.dryRun()) {
      decision = Decision.leave(Reason.Code.DRY_RUN, "dry run, would evict: " + words());
    } else if (decision.evicts()) {
      begin("evicting");
      evict(backing, measurement, range);
    }
    measuring = measurement.spent();
  }

  private Measurement measure(BackingFile backing, ByteRange range)
      throws KernelException, UnmeasurableException {
    Measurement measurement =
        Measurement.of(
            kernel,
            backing.file(),
            backing.stat(),
            range,
            memory.measuring,
            job.measuringSlice(),
            host.clock()::processorNanos);
    before = Optional.of(measurement.total());
    measuring = measurement.spent();
    file = file.map(found -> found.measuredBy(measurement.probe()));
    fill = job.fillTo(measurement.total());
    return measurement;
  }

  private void judgeReadBack(OpenFile open) throws KernelException {
    boolean hasEvicted = memory.readBack.hasEvictedSinceMeasuring();
    long now = host.clock().nanos();
    Returns returns =
        memory.readBack.measure(
            kernel,
            open,
            job.io().sinceSweep(),
            job.backoff().isCareful(),
            job.conditions().turnover(),
            now);
    readBackBytes = returns.readBackBytes();
    if (backoff.isLong() && isPaused()) {
      return;
    }
    boolean isThrashing =
        job.io().counted() // else rewritten pages look like pages read back
            && Thrashing.isCausedBy(returns, job.conditions());
    if (isThrashing) {
      backoff = backoff.afterReadBack(job.conditions().pressed(), now);
    } else if (hasEvicted) {
      backoff = backoff.afterQuiet();
    }
    if (isThrashing && backoff.isLong()) {
      memory.readBack.forget(now);
    }
  }

  private boolean isPaused() {
    return backoff.isPaused(job.conditions().pressed(), host.clock().nanos());
  }

  private DirectIoFinding checkDirectIo(BackingFile backing) {
    if (abandoned) {
      return directIo; // the next sweep checks it
    }
    boolean switches =
        job.directIoMode() == DirectIoMode.ENABLE && !job.dryRun() && !job.sharesFile();
    return job.directIo()
        .next(host.directIo(), backing, before.orElseThrow(), job, switches, host.clock().nanos());
  }

  private Decision decide(BackingFile backing) {
    long resident = before.orElseThrow().residentBytes();
    memory.leftOver |= directIo.isSwitchedOn(job.device());
    if (memory.leftOver) {
      memory.leftOver = resident > 0;
      return SweepPolicy.decideLeftOver(resident);
    }
    boolean writes =
        directIo.isWaitingForWriteback() && memory.forcedWrites < MAX_FRUITLESS_EVICTIONS;
    Decision wanted =
        writes
            ? SweepPolicy.decideUnwritten(resident)
            : SweepPolicy.decide(
                new Measured(
                    resident,
                    job.allowance(),
                    fill,
                    job.minInterval(),
                    job.device().hasDirectIo(),
                    !job.isFirst() && job.io().isNone()));
    if (!job.conditions().pressed() && isCompressed(backing, wanted.evicts())) {
      return SweepPolicy.decideCompressed(resident);
    }
    return wanted.evicts() && isPaused() ? Decision.leave(pauseCode(), pauseWords()) : wanted;
  }

  /**
   * Returns whether the device is known to be a compressed image.
   *
   * @param reads whether to read the image if that is not known yet
   */
  private boolean isCompressed(BackingFile backing, boolean reads) {
    if (memory.compressed.isEmpty() && reads) {
      memory.compressed = Optional.of(CompressedImage.isOn(job.device(), kernel, backing.file()));
    }
    return memory.compressed.orElse(false) && !job.device().hasDirectIo();
  }

  private Reason.Code pauseCode() {
    return backoff.isLong() ? Reason.Code.PAUSED : Reason.Code.SKIPPED;
  }

  private String pauseWords() {
    if (!backoff.isLong()) {
      return "evicted pages were read back, skipped once";
    }
    long seconds = Duration.ofNanos(backoff.untilNanos() - host.clock().nanos()).toSeconds();
    return "evicted pages were read back again, paused for %d min, next try in %d min"
        .formatted(backoff.pause().toMinutes(), Math.max(1, (seconds + 59) / 60));
  }

  private void evict(BackingFile backing, Measurement measurement, ByteRange range)
      throws IOException, InterruptedException {
    OpenFile open = backing.file();
    List<ByteRange> parts =
        job.isContinuation() && !memory.remaining.isEmpty() ? memory.remaining : plan(measurement);
    if (parts.isEmpty()) {
      return; // the plan has given the reason
    }
    if (job.isContinuation()) {
      memory.readBack.beforeNextSlice(kernel, open);
    } else {
      memory.readBack.beforeEviction(
          kernel, open, parts, backoff.isCareful(), host.clock().nanos());
    }
    Eviction done = evictor.evict(open, measurement, parts, range, job.slice(), () -> !abandoned);
    if (abandoned) {
      memory.readBack.forget(host.clock().nanos());
    } else if (done.adviceCalls() > 0) {
      memory.readBack.afterEviction(kernel, open, done.releasedBytes());
    }
    memory.leftOver &= done.cutShort();
    memory.forcedWrites += directIo.isWaitingForWriteback() && !done.cutShort() ? 1 : 0;
    memory.remaining = List.copyOf(parts.subList(done.adviceCalls(), parts.size()));
    eviction = Optional.of(done);
    decision = withResult(done);
    if (isOnlyCopy(backing, done)) {
      decision = Decision.leave(Reason.Code.IN_MEMORY, "only copy, or in use: " + words());
    }
  }

  /**
   * Returns whether the file is likely in memory. overlayfs does not report where its files are,
   * but advice never releases pages of a tmpfs.
   */
  private boolean isOnlyCopy(BackingFile backing, Eviction done) {
    if (done.releasedBytes() > 0 || !backing.filesystemType().equals(FileSystemType.OVERLAY)) {
      memory.fruitlessEvictions = 0;
    } else if (!done.cutShort()) {
      memory.fruitlessEvictions++;
    }
    return memory.fruitlessEvictions >= MAX_FRUITLESS_EVICTIONS;
  }

  /** Returns the parts to evict; if there are none, the decision has the reason. */
  private List<ByteRange> plan(Measurement measurement) throws KernelException {
    boolean beingWritten = !job.io().counted() || job.io().sinceSweep().writtenBytes() > 0;
    boolean sparesDirty =
        beingWritten && !job.conditions().pressed() && !directIo.isWaitingForWriteback();
    var regions = measurement.regions();
    ReadAhead now = ReadAhead.in(regions);
    ReadAhead earlier = memory.streams.orElse(now); // at first no stream counts as moving
    memory.streams = Optional.of(now);
    List<ByteRange> written = EvictionPlan.whole(regions, sparesDirty);
    List<ByteRange> parts = now.spare(written, earlier, job.allowance().bytes() / 2);
    if (regions.isEmpty()) {
      decision = Decision.leave(Reason.Code.NOTHING_TO_GAIN, words() + "; gone meanwhile");
    } else if (parts.isEmpty()) {
      String what = written.isEmpty() ? "dirty and being written" : "read ahead";
      decision = Decision.leave(Reason.Code.SPARED, words() + "; spared: " + what);
    }
    return backoff.isCareful()
        ? EvictionPlan.sixteenth(parts, phase())
        : beginningAt(memory.remaining, parts);
  }

  /** Returns the sixteenth to evict: constant after one pause, another one after the next. */
  private int phase() {
    return new SplittableRandom(backoff.untilNanos()).nextInt(EvictionPlan.PARTS);
  }

  /** Begins where the last eviction was cut short, so that no part waits for ever. */
  private static List<ByteRange> beginningAt(List<ByteRange> remaining, List<ByteRange> parts) {
    long offset = remaining.isEmpty() ? 0 : remaining.get(0).offset();
    List<ByteRange> turned = new ArrayList<>(parts.size());
    parts.stream().filter(part -> part.offset() >= offset).forEach(turned::add);
    parts.stream().filter(part -> part.offset() < offset).forEach(turned::add);
    return turned;
  }

  /** Throws if the device was attached to another file meanwhile: the measurement is void. */
  private void requireUnchanged(LoopDevice device, FileIdentity identity)
      throws IOException, UnreachableException, AttachmentChangedException {
    Optional<LoopDevice> now = host.scanner().read(device.name()).filter(device::isSameAttachment);
    boolean same =
        now.isPresent()
            && (device.diskSequence().isPresent() // unique to an attachment
                || host.opener().identityOf(device).equals(identity));
    if (!same) {
      throw new AttachmentChangedException();
    }
    attachment = now; // with direct I/O switched, or the file renamed
  }

  /** Discards the results of the sweep. */
  private void forget(Reason.Code code, String words) {
    decision = Decision.leave(code, words);
    before = Optional.empty();
    eviction = Optional.empty();
  }

  private String words() {
    return decision.reason().words();
  }

  private Decision withResult(Eviction done) {
    long left = done.after().residentBytes();
    String stayed =
        left == 0 ? "" : ", " + Bytes.text(left) + " stayed (" + done.stayedText() + ")";
    return new Decision(
        true,
        new Reason(
            decision.reason().code(),
            words() + "; released " + Bytes.text(done.releasedBytes()) + stayed));
  }

  private static String wordsOf(Exception e) {
    return e instanceof IOException io ? Failures.words(io) : e.toString();
  }

  private static Reason.Code codeOf(UnreachableException.Kind kind) {
    return switch (kind) {
      case DETACHED -> Reason.Code.CHANGED;
      case BLOCK_DEVICE -> Reason.Code.BLOCK_DEVICE;
      case IN_MEMORY -> Reason.Code.IN_MEMORY;
      case DELETED -> Reason.Code.DELETED;
      case NOT_FOUND -> Reason.Code.UNREACHABLE;
      case NOT_PERMITTED -> Reason.Code.NOT_PERMITTED;
    };
  }

  /** The attachment is no longer the one that was swept. */
  private static final class AttachmentChangedException extends Exception {}
}
