package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Look;
import io.fadvised.pagecache.ProbeChooser;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.ResidencyMap;
import io.fadvised.pagecache.ResidencyProbe;
import io.fadvised.pagecache.UnmeasurableException;
import io.fadvised.policy.Bytes;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Decision;
import io.fadvised.policy.Reason;
import io.fadvised.policy.Standing;
import io.fadvised.policy.SweepPolicy;
import io.fadvised.policy.SweepPolicy.Measured;
import io.fadvised.policy.SweepTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One sweep of one device: open, measure, decide, evict, measure, close. Nothing stays open. */
final class Sweep {
  private final Host host;
  private final Kernel kernel;
  private final ProbeChooser probes;
  private final Evictor evictor;
  private final ManagedDevice managed;
  private final Look look;
  private final Conditions conditions;
  private final DirectIoMode directIoMode;
  private final Duration evictionTime;
  private final long startNanos;
  private long evictingNanos;
  private Duration restOfOthers = Duration.ZERO;
  private Duration restForOthers = Duration.ZERO;
  private volatile String doing = "opening its backing file";

  private Decision decision =
      new Decision(false, new Reason(Reason.Code.FAILED, "the sweep did not come to an end"));
  private Optional<Residency> before = Optional.empty();
  private Optional<ResidencyMap> map = Optional.empty();
  private Optional<Eviction> eviction = Optional.empty();
  private Optional<String> probeName = Optional.empty();
  private Optional<String> foundBy = Optional.empty();
  private Optional<FileIdentity> file = Optional.empty();

  Sweep(
      Host host,
      ProbeChooser probes,
      Evictor evictor,
      ManagedDevice managed,
      Look look,
      Conditions conditions,
      DirectIoMode directIoMode,
      Duration evictionTime) {
    this.host = host;
    kernel = host.kernel();
    this.probes = probes;
    this.evictor = evictor;
    this.managed = managed;
    this.look = look;
    this.conditions = conditions;
    this.directIoMode = directIoMode;
    this.evictionTime = evictionTime;
    startNanos = host.clock().nanos();
  }

  /** What it is at, for people. Safe for any thread. */
  String doing() {
    return doing;
  }

  /** Does it; whatever goes wrong is in the report. */
  SweepReport run() throws InterruptedException {
    try {
      sweep(managed.device());
    } catch (UnreachableException e) {
      forget(codeOf(e.kind()), e.reason());
    } catch (UnmeasurableException e) {
      forget(Reason.Code.UNMEASURABLE, e.reason());
    } catch (AttachmentChangedException e) {
      forget(Reason.Code.CHANGED, "detached or attached anew during the sweep");
    } catch (IOException | RuntimeException e) { // one bad device never ends a sweep of the others
      forget(Reason.Code.FAILED, wordsOf(e) + "; tried again later");
    }
    long elapsedNanos = host.clock().nanos() - startNanos;
    return new SweepReport(
        managed.name(),
        decision,
        before,
        eviction,
        probeName,
        foundBy,
        file,
        Duration.ofNanos(elapsedNanos),
        Duration.ofNanos(elapsedNanos - evictingNanos),
        cost(Duration.ofNanos(elapsedNanos)));
  }

  private Duration cost(Duration elapsed) {
    Duration cost = elapsed.minus(restOfOthers).plus(restForOthers);
    return cost.isNegative() ? Duration.ZERO : cost; // a failure while that rest was not waited for
  }

  /** A sweep without a trustworthy result has none. */
  private void forget(Reason.Code code, String words) {
    decision = Decision.leave(code, words);
    before = Optional.empty();
    eviction = Optional.empty();
    probeName = Optional.empty();
  }

  private static String wordsOf(Exception e) {
    return e instanceof IOException && e.getMessage() != null ? e.getMessage() : e.toString();
  }

  private void sweep(LoopDevice device)
      throws IOException,
          UnreachableException,
          UnmeasurableException,
          AttachmentChangedException,
          InterruptedException {
    try (BackingFile backing = host.opener().open(device)) {
      doing = "measuring";
      foundBy = Optional.of(backing.foundBy());
      file = Optional.of(backing.stat().identity());
      ByteRange range = DeviceRange.of(device, backing.stat().sizeBytes(), kernel.pageBytes());
      ResidencyProbe probe = probes.choose(backing.file(), backing.stat(), range, look);
      probeName = Optional.of(probe.name());
      measure(backing.file(), probe, range);
      managed.lookForDamage(kernel, backing.file(), conditions, host.clock().nanos());
      doing = "looking into direct I/O";
      lookAtDirectIo(device, backing);
      decision = decide(resident());
      if (decision.evicts() && managed.policy().dryRun()) {
        decision = dryRun(decision);
      } else if (decision.evicts()) {
        doing = "evicting";
        evict(backing.file(), probe, range);
      }
      doing = "closing its backing file";
      requireUnchanged(device, backing.stat().identity());
    }
  }

  /** Where it is resident is only asked once it matters, if it costs extra. */
  private void measure(OpenFile open, ResidencyProbe probe, ByteRange range)
      throws KernelException {
    before = probe.count(open, range);
    if (before.isEmpty()) {
      map = Optional.of(probe.measure(open, range));
      before = map.map(ResidencyMap::total);
    }
  }

  private void lookAtDirectIo(LoopDevice device, BackingFile backing) {
    long resident = resident().residentBytes();
    managed
        .directIo()
        .look(
            host.directIo(),
            new DirectIoWatch.Seen(device, backing, resident()),
            directIoMode,
            !managed.policy().dryRun() && !managed.isLead(),
            managed.ioSinceSweep().totalBytes(),
            managed.isMeasured() ? resident - managed.residentBytes() : 0);
  }

  private Residency resident() {
    return before.orElseThrow();
  }

  private Decision decide(Residency resident) {
    if (managed.directIo().isJustSwitchedOn()) {
      return SweepPolicy.decideLeftOver(resident.residentBytes());
    }
    String words = managed.damage().words(host.clock().nanos());
    return switch (managed.damage().standing().phase()) {
      case BACKED_OFF -> Decision.leave(Reason.Code.BACKED_OFF, words);
      case STOOD_DOWN -> Decision.leave(Reason.Code.STOOD_DOWN, words);
      case ACTIVE, TRIAL -> SweepPolicy.decide(measured(resident));
    };
  }

  private Measured measured(Residency resident) {
    return new Measured(
        resident.residentBytes(),
        managed.allowanceBytes(),
        managed.fillAt(resident, host.clock().nanos()),
        managed.policy().interval().min(),
        managed.device().saysDirectIo());
  }

  private void evict(OpenFile open, ResidencyProbe probe, ByteRange range)
      throws IOException, InterruptedException {
    ResidencyMap where = map.isPresent() ? map.get() : probe.measure(open, range);
    List<ByteRange> parts = managed.planEviction(where, conditions);
    if (parts.isEmpty()) {
      decision =
          Decision.leave(
              Reason.Code.SPARED,
              decision.reason().words() + "; spared: dirty and being written, or read ahead");
      return;
    }
    DamageWatch damage = managed.damage();
    damage.beforeEviction(kernel, open, parts);
    restOfOthers = evictor.owedRest();
    long from = host.clock().nanos();
    Eviction done = evictor.evict(open, resident(), parts, probe, range, evictionTime());
    evictingNanos = host.clock().nanos() - from;
    restForOthers = evictor.owedRest();
    damage.afterEviction(kernel, open, done.releasedBytes());
    managed.resumeAt(done.cutShort() ? parts.get(done.adviceCalls()).offset() : 0);
    eviction = Optional.of(done);
    decision = withResult(decision, done);
  }

  /** A trial is judged as a whole, and what is left over from before direct I/O goes only now. */
  private Duration evictionTime() {
    boolean isWhole =
        managed.damage().standing().phase() == Standing.Phase.TRIAL
            || managed.directIo().isJustSwitchedOn();
    return isWhole ? SweepTime.LONGEST_EVICTION : evictionTime;
  }

  /** What was measured is worth nothing if the device was attached to another file meanwhile. */
  private void requireUnchanged(LoopDevice device, FileIdentity identity)
      throws IOException, UnreachableException, AttachmentChangedException {
    Optional<LoopDevice> now = host.scanner().read(device.name()).filter(device::isSameAttachment);
    boolean same =
        now.isPresent()
            && (device.diskSequence().isPresent() // which no other attachment has
                || host.opener().identityOf(device).equals(identity));
    if (!same) {
      throw new AttachmentChangedException();
    }
    managed.refresh(now.get()); // direct I/O may have been switched
  }

  private static Decision dryRun(Decision decision) {
    return new Decision(
        false,
        new Reason(Reason.Code.DRY_RUN, "dry run, would evict: " + decision.reason().words()));
  }

  private static Decision withResult(Decision decision, Eviction eviction) {
    String stayed =
        eviction.after().residentBytes() == 0
            ? ""
            : ", "
                + Bytes.text(eviction.after().residentBytes())
                + " stayed ("
                + eviction.stayedText()
                + ")";
    return new Decision(
        true,
        new Reason(
            decision.reason().code(),
            decision.reason().words()
                + "; released "
                + Bytes.text(eviction.releasedBytes())
                + stayed));
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
  private static final class AttachmentChangedException extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
