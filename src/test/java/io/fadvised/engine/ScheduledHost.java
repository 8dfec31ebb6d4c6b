package io.fadvised.engine;

import io.fadvised.directio.FakeDirectIo;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import io.fadvised.loop.LoopScan;
import io.fadvised.loop.MountTable;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.VmStat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A host in memory on which everybody has to have the {@link Baton}: each look of the engine's and
 * each system call is a step of the schedule. Filesystems may hang, and calls may be slow.
 */
final class ScheduledHost {
  private static final long FILE_BYTES = 96L << 20;
  private static final long MEMORY_BYTES = 1L << 30;

  /** As long as {@link WorkerThreads} gives to work that was interrupted. */
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  /** Of the engine: a call as long as that returns while the engine gives up on it. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final String WORKER = "worker";

  private static final List<String> CALLS =
      List.of(
          "locate",
          "openDirectory",
          "openLoopDevice",
          "open_by_handle_at",
          "openLocated",
          "fstat",
          "mincore",
          "lseek",
          "cachestat",
          "posix_fadvise",
          "LOOP_GET_STATUS64");

  private final SplittableRandom random;
  private final Baton baton;
  private final FakeClock clock;
  private final Path proc;
  private final FakeKernel kernel = new FakeKernel();
  private final Map<String, LoopDevice> attached = new TreeMap<>();
  private final Map<String, FakeFile> files = new TreeMap<>();
  private final Map<String, IoCounters> counters = new TreeMap<>();
  private final Set<Integer> hung = new TreeSet<>();
  private final List<Work<?>> works = new ArrayList<>();
  private boolean calm;
  private double availableShare = 0.5;
  private long sequence = 1;
  private long nextInode = 100;

  /**
   * @param proc a folder with {@code self/mountinfo} of as many filesystems as {@link #mountInfo}
   */
  ScheduledHost(SplittableRandom random, Baton baton, FakeClock clock, Path proc, int filesystems) {
    this.random = random;
    this.baton = baton;
    this.clock = clock;
    this.proc = proc;
    for (int number = 0; number < filesystems; number++) {
      kernel.mountPoint(mountPoint(number), deviceOf(number));
    }
    CALLS.forEach(name -> kernel.before(name, this::beforeCall));
  }

  static String mountInfo(int filesystems) {
    StringBuilder lines = new StringBuilder();
    for (int number = 0; number < filesystems; number++) {
      lines.append(
          "%d 1 8:%d / %s rw - ext4 /dev/sd rw\n"
              .formatted(21 + number, number + 1, mountPoint(number)));
    }
    return lines.toString();
  }

  private static String mountPoint(int filesystem) {
    return "/fs" + filesystem;
  }

  private static long deviceOf(int filesystem) {
    return FileIdentity.encodeDevice(8, filesystem + 1);
  }

  // -- the world ---------------------------------------------------------------------------------

  FakeKernel kernel() {
    return kernel;
  }

  Collection<LoopDevice> attached() {
    return attached.values();
  }

  /** Attaches a new file, in place of an earlier one. */
  void attach(String loop, int filesystem) {
    String path = mountPoint(filesystem) + "/" + nextInode;
    attach(
        loop,
        path,
        kernel.file(path, new FileIdentity(deviceOf(filesystem), nextInode++), FILE_BYTES));
  }

  /** Attaches the file that another device has. */
  void attachToSame(String loop, String other) {
    LoopDevice known = attached.get(other);
    if (known != null) {
      attach(loop, known.backingPath().text(), files.get(other));
    }
  }

  private void attach(String loop, String path, FakeFile file) {
    kernel.attach(loop, file);
    files.put(loop, file);
    counters.put(loop, IoCounters.NONE);
    attached.put(loop, device(loop, path, sequence++));
  }

  void detach(String loop) {
    kernel.detach(loop);
    attached.remove(loop);
    counters.remove(loop);
    sequence++;
  }

  /** Of the backing file; the attachment stays the same. */
  void rename(String loop) {
    LoopDevice now = attached.get(loop);
    if (now != null) {
      String path = now.backingPath().text() + "'";
      attached.put(loop, device(loop, path, now.diskSequence().orElseThrow()));
    }
  }

  private static LoopDevice device(String loop, String path, long sequence) {
    return new LoopDevice(
        loop,
        BackingPath.of(path),
        0,
        0,
        FILE_BYTES,
        false,
        Optional.of(false),
        512,
        OptionalLong.of(sequence));
  }

  /** Through the device; in several places, so that there is a rest between two calls. */
  void use(String loop, long readBytes, long writtenBytes) {
    if (attached.containsKey(loop)) {
      files.get(loop).read(FILE_BYTES / 3, readBytes);
      files.get(loop).read(2 * FILE_BYTES / 3, readBytes);
      files.get(loop).write(0, writtenBytes);
      counters.merge(loop, new IoCounters(2 * readBytes, writtenBytes), IoCounters::plus);
    }
  }

  void setAvailable(double share) {
    availableShare = share;
  }

  void hang(int filesystem) {
    hung.add(filesystem);
  }

  void answer(int filesystem) {
    hung.remove(filesystem);
  }

  /** From now on all storage answers, and at once. */
  void calmDown() {
    hung.clear();
    calm = true;
  }

  /** What has not come to an end. */
  List<Work<?>> underWay() {
    works.removeIf(Work::isDone);
    return List.copyOf(works);
  }

  // -- as the engine sees it ---------------------------------------------------------------------

  Host asSeenByTheEngine() {
    return new Host(
        kernel,
        new Devices(),
        new BackingFileOpener(
            kernel, Path.of("/dev"), proc, new MountTable(proc, clock::nanos), clock::nanos),
        this::ioCounters,
        new FakeDirectIo(),
        this::pressure,
        this::work,
        time -> baton.waitInterruptibly(() -> false, time),
        clock);
  }

  /** As {@link WorkerThreads} do it. */
  private void work(Work<?> work, Duration patience) throws InterruptedException {
    Baton.Actor worker = baton.add(WORKER, work);
    works.add(work);
    try {
      baton.waitInterruptibly(work::isDone, patience);
    } catch (InterruptedException e) {
      work.interrupt();
      baton.tellInterrupted(worker);
      baton.waitFor(work::isDone, AFTER_INTERRUPT);
      throw e;
    }
  }

  private Map<String, IoCounters> ioCounters() {
    baton.step();
    return Map.copyOf(counters);
  }

  private PressureSample pressure() {
    baton.step();
    long available = (long) (MEMORY_BYTES * availableShare);
    return new PressureSample(
        new MemInfo(MEMORY_BYTES, available, available / 2, 0),
        new VmStat(0, 0, 0, 0),
        Optional.empty(),
        Optional.empty());
  }

  private final class Devices implements LoopDevices {
    @Override
    public LoopScan scan(Map<String, LoopDevice> known) throws IOException {
      baton.step();
      if (!calm && random.nextInt(40) == 0) {
        throw new IOException("on purpose");
      }
      List<LoopDevice> seen = new ArrayList<>();
      for (LoopDevice device : attached.values()) {
        LoopDevice before = known.get(device.name());
        seen.add(before != null && before.isSameAttachment(device) ? before : device);
      }
      baton.step(); // what was read may be out of date by now
      return new LoopScan(seen, List.of());
    }

    @Override
    public Optional<LoopDevice> read(String name) throws IOException {
      baton.step();
      if (!calm && random.nextInt(100) == 0) {
        throw new IOException("on purpose");
      }
      return Optional.ofNullable(attached.get(name));
    }
  }

  /** Only workers come here: see the threads in architecture.md. */
  private void beforeCall(FakeKernel.Call call) {
    baton.check(baton.isRunning(WORKER), call + " by another thread than a worker's");
    baton.step();
    if (!calm && random.nextInt(40) == 0) {
      baton.pass(random.nextBoolean() ? PATIENCE : Duration.ofMillis(random.nextInt(3_000)));
    }
    baton.waitFor(() -> hung.stream().noneMatch(filesystem -> isOn(filesystem, call.target())));
  }

  private boolean isOn(int filesystem, String target) {
    FakeFile file = files.get(target);
    String place = file == null ? target : file.identity().toString();
    return place.endsWith(" on device 8:" + (filesystem + 1))
        || place.equals(mountPoint(filesystem))
        || place.startsWith(mountPoint(filesystem) + "/");
  }
}
