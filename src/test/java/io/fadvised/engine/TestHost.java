package io.fadvised.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cgroup.CgroupFixture;
import io.fadvised.cgroup.CgroupTree;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.directio.FakeDirectIo;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.DiskStats;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.SysFixture;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A host with an engine: /sys and /proc in a directory of its own, a {@link FakeKernel}, a {@link
 * FakeClock}. It has 1 GiB of memory, half of it available, no pressure, an ext4 filesystem on /,
 * and one without file handles on /btrfs. After each test it requires that no file is open.
 */
public final class TestHost implements AfterEachCallback {
  public static final long MIB = 1L << 20;
  public static final long GIB = 1L << 30;
  public static final long MEMORY_BYTES = GIB;
  public static final Path DEV = Path.of("/dev");

  private static final long DISK = FileIdentity.encodeDevice(8, 1);
  private static final long SECTOR_BYTES = 512;

  /** Intervals from 1 s to 60 s, and a budget from 64 MiB down to 8 MiB. */
  private static final List<String> SETTINGS =
      List.of("interval.min=1s", "interval.max=60s", "budget.relaxed=64MiB", "budget.pressed=8MiB");

  private final Path directory;
  private final Path proc;
  private final DiskStats diskStats;
  private Runnable beforeCounters = () -> {};
  private final SysFixture sys;
  private final FakeKernel kernel = new FakeKernel();
  private final FakeClock clock = new FakeClock();
  private final FakeDirectIo directIo = new FakeDirectIo();
  private final Map<String, Long> filesystems = new TreeMap<>(Comparator.reverseOrder());
  private final Map<String, FakeFile> attached = new TreeMap<>();
  private final Map<String, long[]> counters = new TreeMap<>();
  private final List<Work<?>> hung = new ArrayList<>();
  private final Semaphore stops = new Semaphore(0);
  private final Semaphore answers = new Semaphore(0);
  private RecordingListener heard = new RecordingListener();
  private Optional<CgroupFixture> cgroups = Optional.empty();
  private Optional<Engine> engine = Optional.empty();
  private Optional<String> hangsIn = Optional.empty();
  private Runnable atRests = () -> {};
  private boolean isEl7;
  private boolean countersMoved;
  private long nextInode = 100;
  private long availableBytes = MEMORY_BYTES / 2;
  private long freeBytes = MEMORY_BYTES / 4;
  private long refaultedPages;
  private long directReclaims;
  private long scannedPages;
  private long scannedForLimits;
  private long stalledMicros;
  private long ioStalledMicros;

  public TestHost() {
    try {
      directory = Files.createTempDirectory("fadvised-host");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sys = new SysFixture(directory.resolve("sys"));
    proc = directory.resolve("proc");
    diskStats = new DiskStats(proc);
    writeProc("self/mountinfo", "");
    mount("/", DISK, "ext4", "/dev/sda1");
    mount("/btrfs", FileIdentity.encodeDevice(0, 42), "btrfs", "/dev/sdb");
    directIo.onSwitch(this::setDirectIo);
    directIo.onFit(
        (loop, bytes) -> sys.set(loop, "queue/logical_block_size", String.valueOf(bytes)));
    writeCounters();
    writePressure();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    answer();
    SysFixture.deleteTree(directory);
    assertThat(kernel.openDescriptors()).as("open files").isZero();
  }

  // -- the engine --------------------------------------------------------------------------------

  /** Makes an engine on this host, in place of an earlier one; stalls wake it. */
  public Engine start(String... sets) {
    return start(List.of(), sets);
  }

  /** Makes an engine with other listeners, which are called before {@link #heard}. */
  Engine start(List<EngineListener> others, String... sets) {
    heard = new RecordingListener();
    List<EngineListener> listeners = new ArrayList<>(others);
    listeners.add(heard);
    engine = Optional.of(new Engine(host(), settings(sets), listeners));
    engine().pressureWatched(!isEl7, "a test");
    return engine();
  }

  public static Settings settings(String... sets) {
    List<String> all = new ArrayList<>(SETTINGS);
    all.addAll(Arrays.asList(sets));
    try {
      return SettingsLoader.load(Optional.empty(), all).settings();
    } catch (InvalidSettingsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  Engine engine() {
    return engine.orElseThrow();
  }

  RecordingListener heard() {
    return heard;
  }

  Duration tick() {
    try {
      return engine().tick();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets a time pass, then ticks once. */
  Duration tickAfter(Duration time) {
    clock.advance(time);
    return tick();
  }

  /** Runs something before each read of the I/O counters. */
  void beforeCounters(Runnable action) {
    beforeCounters = action;
  }

  Duration tickAfterSeconds(long seconds) {
    return tickAfter(Duration.ofSeconds(seconds));
  }

  /** Ticks as the engine asks for it, until a time has passed; returns the number of ticks. */
  int run(Duration time) {
    long end = clock.nanos() + time.toNanos();
    int ticks = 0;
    while (clock.nanos() - end < 0) {
      clock.advance(tick());
      if (++ticks > 10 * time.toSeconds() + 10) {
        throw new IllegalStateException("the engine ticks without a pause");
      }
    }
    return ticks;
  }

  int runSeconds(long seconds) {
    return run(Duration.ofSeconds(seconds));
  }

  EngineSnapshot snapshot() {
    return engine().snapshot();
  }

  DeviceReport report(String device) {
    return snapshot().devices().stream()
        .filter(report -> report.device().name().equals(device))
        .findFirst()
        .orElseThrow();
  }

  int adviceCalls() {
    return kernel.calls("posix_fadvise").size();
  }

  // -- its parts ---------------------------------------------------------------------------------

  /** Returns the host of the engine. A pause between calls advances the clock. */
  public Host host() {
    return new Host(
        kernel,
        new LoopScanner(sys.root()),
        new BackingFileOpener(kernel, DEV, proc, new MountTable(proc, clock::nanos), clock::nanos),
        this::readCounters,
        directIo,
        new PressureReader(proc),
        new CgroupTree(proc, sys.root()),
        this::work,
        this::pause,
        clock);
  }

  /**
   * Makes its kernel that of EL 7 (3.10), before anything is attached: it counts neither the I/O of
   * loop devices nor refaults, has neither cachestat nor PSI, and reports neither direct I/O nor a
   * diskseq. An advice takes a millisecond, since it drains the page lists of all processors.
   */
  public TestHost el7() {
    isEl7 = true;
    kernel.fail("cachestat", Errno.ENOSYS);
    kernel.before("posix_fadvise", call -> clock.advance(Duration.ofMillis(1)));
    kernel.withoutSeekingData();
    removeProc("pressure");
    writePressure();
    return this;
  }

  public FakeKernel kernel() {
    return kernel;
  }

  public FakeClock clock() {
    return clock;
  }

  public SysFixture sys() {
    return sys;
  }

  public Path proc() {
    return proc;
  }

  /** Returns its cgroups; the first call makes a tree of version 2. */
  CgroupFixture cgroups() {
    if (cgroups.isEmpty()) {
      cgroups = Optional.of(CgroupFixture.unified(sys.root().resolve("fs/cgroup")));
    }
    return cgroups.get();
  }

  /** Returns its direct I/O; the switch changes sysfs. */
  FakeDirectIo directIo() {
    return directIo;
  }

  // -- devices and files -------------------------------------------------------------------------

  /** Mounts a filesystem over an earlier one. */
  public void mount(String path, long device, String type, String source) {
    filesystems.put(path, device);
    kernel.mountPoint(path, device);
    String numbers = new FileIdentity(device, 0).deviceText();
    try {
      writeProc(
          "self/mountinfo",
          Files.readString(proc.resolve("self/mountinfo"), ISO_8859_1)
              + "30 1 %s / %s rw,relatime shared:1 - %s %s rw%n"
                  .formatted(numbers, path, type, source));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a file on the filesystem that its path leads to. */
  public FakeFile file(String path, long sizeBytes) {
    long device =
        filesystems.entrySet().stream()
            .filter(mount -> path.startsWith(mount.getKey()))
            .findFirst()
            .orElseThrow()
            .getValue();
    return kernel.file(path, new FileIdentity(device, nextInode++), sizeBytes);
  }

  /** Attaches a new file of 1 GiB, the first bytes of which were read through the device. */
  FakeFile attachRead(String loop, long readBytes) {
    FakeFile file = attach(loop, "/srv/" + loop + ".img", GIB);
    if (readBytes > 0) {
      read(loop, 0, readBytes);
    }
    return file;
  }

  /** Makes a file and attaches it. */
  public FakeFile attach(String loop, String path, long sizeBytes) {
    FakeFile file = file(path, sizeBytes);
    attach(loop, path, file);
    return file;
  }

  /** Attaches a file, in place of an earlier one. */
  void attach(String loop, String path, FakeFile file) {
    kernel.attach(loop, file);
    sys.attach(loop, path, file.sizeBytes());
    if (isEl7) {
      sys.without(loop, "loop/dio", "diskseq");
      sys.set(loop, "queue/iostats", "0");
    }
    attached.put(loop, file);
    count(loop, 0, 0);
  }

  void detach(String loop) {
    kernel.detach(loop);
    sys.detach(loop);
  }

  /** Renames a device's file; sysfs shows the new name at once. */
  void rename(String loop, String before, String after) {
    kernel.unlink(before);
    kernel.link(attached.get(loop), after);
    sys.set(loop, "loop/backing_file", after);
  }

  /** Attaches it read-only, as with {@code losetup --read-only}. */
  void setReadOnly(String loop) {
    sys.set(loop, "ro", "1");
  }

  void setDirectIo(String loop, boolean on) {
    sys.set(loop, "loop/dio", on ? "1" : "0");
  }

  /** Sets the size of the device, not that of its file. */
  void setSize(String loop, long sizeBytes) {
    sys.set(loop, "size", Long.toString(sizeBytes / SECTOR_BYTES));
  }

  /** Counts I/O of the device's users. */
  synchronized void count(String loop, long readBytes, long writtenBytes) {
    long[] both = counters.computeIfAbsent(loop, name -> new long[2]);
    both[0] += isEl7 ? 0 : readBytes;
    both[1] += isEl7 ? 0 : writtenBytes;
    countersMoved = true;
  }

  /** Reads through the device: counted, and added to the lower cache. */
  public void read(String loop, long offset, long length) {
    attached.get(loop).read(offset, length);
    count(loop, length, 0);
  }

  /** Writes through the device: counted, and added to the lower cache as dirty pages. */
  void write(String loop, long offset, long length) {
    attached.get(loop).write(offset, length);
    count(loop, 0, length);
  }

  // -- storage that hangs ------------------------------------------------------------------------

  /** The next call of that name hangs, and the sweep with it, until {@link #answer}. */
  public void hangIn(String call) {
    hangsIn = Optional.of(call);
    kernel.beforeNext(
        call,
        () -> {
          stops.release();
          answers.acquireUninterruptibly();
        });
  }

  /** Storage responds again, and the sweeps that hung end. */
  void answer() {
    hangsIn.ifPresent(kernel::mend);
    hangsIn = Optional.empty();
    answers.release(hung.size());
    stops.acquireUninterruptibly(hung.size());
    hung.clear();
  }

  private void work(Work<?> work, Duration patience) throws InterruptedException {
    if (hangsIn.isEmpty()) {
      boolean isInterrupted = Thread.interrupted();
      work.run();
      if (isInterrupted) {
        throw new InterruptedException();
      }
      return;
    }
    Thread worker =
        new Thread(
            () -> {
              work.run();
              stops.release();
            });
    worker.start();
    stops.acquireUninterruptibly(); // it hangs, or is done
    if (work.isDone()) {
      return;
    }
    hangsIn = Optional.empty();
    hung.add(work);
    if (Thread.interrupted()) { // by a stop
      work.interrupt();
      throw new InterruptedException();
    }
    clock.advance(patience);
  }

  /** Sets an action that runs whenever the engine rests. */
  void atRests(Runnable event) {
    atRests = event;
  }

  private void pause(Duration time) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    atRests.run();
    clock.advance(time);
  }

  // -- memory ------------------------------------------------------------------------------------

  /** Sets MemAvailable; MemFree stays. */
  void setAvailable(double share) {
    availableBytes = (long) (MEMORY_BYTES * share);
    writePressure();
  }

  /** Sets MemFree; MemAvailable stays. */
  void setFree(double share) {
    freeBytes = (long) (MEMORY_BYTES * share);
    writePressure();
  }

  /** Adds refaults of the host, which scans as many pages. */
  void addRefaults(long pages) {
    refaultedPages += pages;
    addScanned(pages);
  }

  void addDirectReclaims(long count) {
    directReclaims += count;
    writePressure();
  }

  void addScanned(long pages) {
    scannedPages += pages;
    writePressure();
  }

  /** Adds refaults while a memory cgroup reclaims at its own limit. */
  void addRefaultsOfContainer(long pages) {
    refaultedPages += pages;
    scannedForLimits += pages;
    writePressure();
  }

  /** Adds refaults of pages that were reclaimed before. */
  void addRefaultsOfReclaimedPages(long pages) {
    refaultedPages += pages;
    writePressure();
  }

  /** Adds stalls while a memory cgroup reclaims at its own limit. */
  void addStallOfContainer(long micros) {
    stalledMicros += micros;
    writePressure();
  }

  /** Adds pages that were scanned for the limit of a memory cgroup. */
  void addScannedForLimits(long pages) {
    scannedForLimits += pages;
    writePressure();
  }

  /** Adds stalls while the host reclaims. */
  void addStall(long micros) {
    stalledMicros += micros;
    addScanned(1);
  }

  void addIoStall(long micros) {
    ioStalledMicros += micros;
    writePressure();
  }

  /** Writes the pressure files again after they were removed. */
  void writePressure() {
    writeProc(
        "meminfo",
        "MemTotal: %d kB\nMemFree: %d kB\nMemAvailable: %d kB\n"
            .formatted(MEMORY_BYTES >> 10, freeBytes >> 10, availableBytes >> 10));
    if (isEl7) {
      writeProc(
          "vmstat",
          "allocstall %d\npgscan_kswapd_normal %d\n".formatted(directReclaims, scannedPages));
      return;
    }
    writeProc(
        "vmstat",
        "workingset_refault_file %d\nallocstall_normal %d\npgscan_kswapd %d\npgscan_file %d\n"
            .formatted(
                refaultedPages, directReclaims, scannedPages, scannedPages + scannedForLimits));
    writeProc("pressure/memory", psi(stalledMicros));
    writeProc("pressure/io", psi(ioStalledMicros));
  }

  private static String psi(long micros) {
    return "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n".formatted(micros)
        + "full avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n".formatted(micros / 2);
  }

  // -- /proc and /sys ----------------------------------------------------------------------------

  public void writeProc(String name, String text) {
    try {
      Path file = proc.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text, ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void removeProc(String name) {
    SysFixture.deleteTree(proc.resolve(name));
  }

  private synchronized Map<String, IoCounters> readCounters() throws IOException {
    if (countersMoved) {
      writeCounters();
    }
    beforeCounters.run();
    return diskStats.read();
  }

  private void writeCounters() {
    StringBuilder lines = new StringBuilder("   8       0 sda 9 0 72 1 5 0 40 1 0 2 2 0 0 0 0\n");
    counters.forEach(
        (name, both) ->
            lines.append(
                "   7       0 %s 1 0 %d 0 1 0 %d 0 0 0 0 0 0 0 0 0 0\n"
                    .formatted(name, both[0] / SECTOR_BYTES, both[1] / SECTOR_BYTES)));
    writeProc("diskstats", lines.toString());
    countersMoved = false;
  }
}
