package io.fadvised.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.directio.FakeDirectIo;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.BackingFileOpener;
import io.fadvised.loop.DiskStats;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import io.fadvised.loop.LoopScan;
import io.fadvised.loop.LoopScanner;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.SysFixture;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A host made of folders: /sys and /proc below a temporary folder, a {@link FakeKernel}, a {@link
 * FakeClock}. It has 1 GiB of memory, half of it available, no pressure, and one ext4 filesystem.
 */
public final class FixtureHost {
  public static final long MEMORY_BYTES = 1L << 30;

  /** The ext4 filesystem, mounted on /. */
  public static final long DISK = FileIdentity.encodeDevice(8, 1);

  /** A filesystem without handles, mounted on /btrfs. */
  public static final long BTRFS = FileIdentity.encodeDevice(0, 42);

  private static final long SECTOR_BYTES = 512;

  private final Path proc;
  private final SysFixture sys;
  private final FakeKernel kernel = new FakeKernel();
  private final FakeClock clock = new FakeClock();
  private final FakeDirectIo directIo = new FakeDirectIo();
  private final Map<String, long[]> counters = new TreeMap<>();
  private final Deque<Work<?>> hung = new ArrayDeque<>();
  private Runnable duringScan = () -> {};
  private boolean hangs;
  private long nextInode = 100;
  private long availableBytes = MEMORY_BYTES / 2;
  private long refaultedPages;
  private long directReclaims;
  private long scannedPages;
  private long stalledMicros;
  private long ioStalledMicros;

  public FixtureHost(Path folder) {
    sys = new SysFixture(folder.resolve("sys"));
    proc = folder.resolve("proc");
    kernel.mountPoint("/", DISK);
    kernel.mountPoint("/btrfs", BTRFS);
    writeProc(
        "self/mountinfo",
        """
        21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 21 0:42 / /btrfs rw,relatime shared:7 - btrfs /dev/sdb rw
        """);
    directIo.onSwitch(this::setDirectIo);
    writeCounters();
    writePressure();
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

  /** Its direct I/O; the switch shows in sysfs. */
  public FakeDirectIo directIo() {
    return directIo;
  }

  /** As the engine sees it. A pause between calls lets the clock go on. */
  public Host host() {
    return new Host(
        kernel,
        new Scanner(new LoopScanner(sys.root())),
        new BackingFileOpener(
            kernel, Path.of("/dev"), proc, new MountTable(proc, clock::nanos), clock::nanos),
        new DiskStats(proc),
        directIo,
        new PressureReader(proc),
        this::work,
        this::pause,
        clock);
  }

  /** What happens after the next scan has seen all, but before it ends. */
  public void duringNextScan(Runnable event) {
    duringScan = event;
  }

  private final class Scanner implements LoopDevices {
    private final LoopDevices real;

    Scanner(LoopDevices real) {
      this.real = real;
    }

    @Override
    public LoopScan scan(Map<String, LoopDevice> known) throws IOException {
      LoopScan scan = real.scan(known);
      Runnable event = duringScan;
      duringScan = () -> {};
      event.run();
      return scan;
    }

    @Override
    public Optional<LoopDevice> read(String name) throws IOException {
      return real.read(name);
    }

    @Override
    public boolean isUncounted(String name) {
      return real.isUncounted(name);
    }
  }

  /** The next sweep hangs: it is done when {@link #answer} is called. */
  public void hangNext() {
    hangs = true;
  }

  public void neverMindHanging() {
    hangs = false;
  }

  /** Storage answers again. */
  public void answer() {
    hung.forEach(Work::run);
    hung.clear();
    boolean ignored = Thread.interrupted(); // a worker's thread was, not the test's
  }

  private void work(Work<?> work, Duration patience) throws InterruptedException {
    if (!hangs) {
      work.run();
      return;
    }
    hangs = false;
    hung.add(work);
    if (Thread.interrupted()) { // as the engine's thread is at a stop
      work.interrupt();
      throw new InterruptedException();
    }
    clock.advance(patience);
  }

  private void pause(Duration time) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    clock.advance(time);
  }

  /** Makes a file on ext4. */
  public FakeFile file(String path, long sizeBytes) {
    return kernel.file(path, new FileIdentity(DISK, nextInode++), sizeBytes);
  }

  /** Makes a file and attaches it. */
  public FakeFile attach(String loop, String path, long sizeBytes) {
    FakeFile file = file(path, sizeBytes);
    attach(loop, path, file);
    return file;
  }

  /** Attaches a file, in place of an earlier one. */
  public void attach(String loop, String path, FakeFile file) {
    kernel.attach(loop, file);
    sys.attach(loop, path, file.sizeBytes());
    counters.putIfAbsent(loop, new long[2]);
    writeCounters();
  }

  public void detach(String loop) {
    kernel.detach(loop);
    sys.detach(loop);
  }

  public void setDirectIo(String loop, boolean on) {
    sys.set(loop, "loop/dio", on ? "1" : "0");
  }

  public void resize(String loop, FakeFile file, long sizeBytes) {
    file.resize(sizeBytes);
    sys.set(loop, "size", Long.toString(sizeBytes / SECTOR_BYTES));
  }

  /** The device's users read and wrote so much. */
  public void count(String loop, long readBytes, long writtenBytes) {
    long[] both = counters.computeIfAbsent(loop, name -> new long[2]);
    both[0] += readBytes;
    both[1] += writtenBytes;
    writeCounters();
  }

  /** Reads through the device: counted, and cached below. */
  public void read(String loop, FakeFile file, long offset, long length) {
    file.read(offset, length);
    count(loop, length, 0);
  }

  /** Writes through the device: counted, and cached below as dirty pages. */
  public void write(String loop, FakeFile file, long offset, long length) {
    file.write(offset, length);
    count(loop, 0, length);
  }

  public void setAvailable(double share) {
    availableBytes = (long) (MEMORY_BYTES * share);
    writePressure();
  }

  /** Refaults of the host, which scans as many pages. */
  public void addRefaults(long pages) {
    refaultedPages += pages;
    addScanned(pages);
  }

  public void addDirectReclaims(long count) {
    directReclaims += count;
    writePressure();
  }

  public void addScanned(long pages) {
    scannedPages += pages;
    writePressure();
  }

  /** Stalls while the host reclaims. */
  public void addStall(long micros) {
    stalledMicros += micros;
    addScanned(1);
  }

  public void addIoStall(long micros) {
    ioStalledMicros += micros;
    writePressure();
  }

  /** Writes a file of /proc. */
  public void writeProc(String name, String text) {
    try {
      Path file = proc.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text, ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes a file of /proc away. */
  public void removeProc(String name) {
    try {
      Files.deleteIfExists(proc.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the counters again, after they had been taken away. */
  public void writeCounters() {
    StringBuilder lines = new StringBuilder("   8       0 sda 9 0 72 1 5 0 40 1 0 2 2 0 0 0 0\n");
    counters.forEach(
        (name, both) ->
            lines.append(
                "   7       0 %s 1 0 %d 0 1 0 %d 0 0 0 0 0 0 0 0 0 0\n"
                    .formatted(name, both[0] / SECTOR_BYTES, both[1] / SECTOR_BYTES)));
    writeProc("diskstats", lines.toString());
  }

  /** Writes the files of pressure again, after they had been taken away. */
  public void writePressure() {
    writeProc(
        "meminfo",
        "MemTotal: %d kB\nMemFree: %d kB\nMemAvailable: %d kB\n"
            .formatted(MEMORY_BYTES >> 10, availableBytes >> 11, availableBytes >> 10));
    writeProc(
        "vmstat",
        "workingset_refault_file %d\nallocstall_normal %d\npgscan_kswapd %d\n"
            .formatted(refaultedPages, directReclaims, scannedPages));
    writeProc("pressure/memory", psi(stalledMicros));
    writeProc("pressure/io", psi(ioStalledMicros));
  }

  private static String psi(long micros) {
    return "some avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n".formatted(micros)
        + "full avg10=0.00 avg60=0.00 avg300=0.00 total=%d\n".formatted(micros / 2);
  }
}
