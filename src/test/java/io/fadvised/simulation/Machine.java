package io.fadvised.simulation;

import io.fadvised.linux.FileIdentity;
import io.fadvised.simulation.PageCache.Miss;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The hardware and the kernel of a host, and the programs on it. Time advances in slices, and each
 * program runs in each slice, so that the simulation is deterministic.
 */
final class Machine {
  /** Short compared with the engine's interval of a second. */
  static final long SLICE_NANOS = 10_000_000;

  /** The rate at which a program can take memory: faults of 4 KiB at 2 µs; an estimate. */
  private static final long FILL_BYTES_PER_SECOND = 2_000_000_000;

  /** A cgroup at its limit reclaims a page in 30 to 50 ns (measured: a stream of 2.6 GB/s). */
  private static final long RECLAIM_NANOS_PER_PAGE = 40;

  /** The number of a disk that is no loop device. */
  private static final long DISK_NUMBER = FileIdentity.encodeDevice(8, 1);

  private final Hardware hardware;
  private final PageCache cache;
  private final Disk disk = new Disk();
  private final Cpus cpus;
  private final Writeback writeback;
  private final Stalls memoryStalls = new Stalls();
  private final Stalls hostMemoryStalls = new Stalls();
  private final Stalls ioStalls = new Stalls();
  private final List<Program> programs = new ArrayList<>();
  private final List<SimulatedCgroup> cgroups = new ArrayList<>();
  private final List<Runnable> observers = new ArrayList<>();
  private boolean lowerCacheToReader = true;
  private Demand demand = new Demand(0, 0, Program.Hours.ALWAYS);
  private long anonymousBytes;
  private long sliceStartNanos;
  private long forcedWritesSeen;
  private long limitForcedWritesSeen;
  private int files;

  Machine(Hardware hardware) {
    this.hardware = hardware;
    cache = new PageCache(hardware.memoryBytes(), hardware.chunkBytes());
    cpus = new Cpus(hardware.cpus());
    writeback = new Writeback(cache, disk, cpus, hardware.chunkBytes());
  }

  /** Makes a file of at least that size. */
  CachedFile file(long sizeBytes) {
    int chunk = hardware.chunkBytes();
    long group = new Layout(chunk).groupBytes();
    long groups = Math.max(1, (sizeBytes + group - 1) / group);
    return new CachedFile(new FileIdentity(DISK_NUMBER, 100 + files++), groups * group, chunk);
  }

  /** Charges the lower cache to the root, as cgroup v1 and kernels before 5.14 do. */
  void chargeLowerCacheToRoot() {
    lowerCacheToReader = false;
  }

  boolean chargesLowerCacheToReader() {
    return lowerCacheToReader;
  }

  List<Program> programs() {
    return programs;
  }

  void start(Program program) {
    start(program, cache.root());
  }

  /** Starts a program in a cgroup. */
  void start(Program program, SimulatedCgroup cgroup) {
    programs.add(program);
    cgroups.add(cgroup);
  }

  /** Calls back after each slice. */
  void observe(Runnable observer) {
    observers.add(observer);
  }

  /**
   * Memory that programs take for themselves.
   *
   * @param baseBytes at any time
   * @param moreBytes on top of it
   * @param hours when
   */
  record Demand(long baseBytes, long moreBytes, Program.Hours hours) {
    private long bytesAt(long nanos) {
      return baseBytes + (hours.include(nanos) ? moreBytes : 0);
    }
  }

  void demand(Demand wanted) {
    demand = wanted;
  }

  /** Runs all slices that end by then. */
  void runUntil(long nanos) {
    while (sliceStartNanos + SLICE_NANOS <= nanos) {
      if (isStill()) {
        sliceStartNanos = nanos - nanos % SLICE_NANOS;
        return;
      }
      runSlice();
    }
  }

  /** Returns whether nothing will ever happen again, so that the time can be skipped. */
  private boolean isStill() {
    return cache.unwrittenBytes() == 0
        && demand.moreBytes() == 0
        && demand.baseBytes() == anonymousBytes
        && programs.stream().allMatch(program -> program.isOver(sliceStartNanos));
  }

  private void runSlice() {
    long end = sliceStartNanos + SLICE_NANOS;
    meetDemand();
    for (int i = 0; i < programs.size(); i++) {
      cache.chargeTo(cgroups.get(i));
      programs.get(i).run(sliceStartNanos, end);
    }
    cache.chargeTo(cache.root());
    long written = writeback.run(sliceStartNanos, end);
    long forced = cache.forcedWrites();
    long limitForced = cache.limitForcedWrites();
    long writeNanos = hardware.chunkBytes() * 1_000_000_000L / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    hostMemoryStalls.waited((forced - forcedWritesSeen) * writeNanos);
    memoryStalls.waited((forced - forcedWritesSeen) * writeNanos);
    memoryStalls.waited((limitForced - limitForcedWritesSeen) * writeNanos);
    forcedWritesSeen = forced;
    limitForcedWritesSeen = limitForced;
    endSliceOfCgroups();
    disk.endSlice(SLICE_NANOS, written);
    cpus.endSlice(SLICE_NANOS);
    memoryStalls.endSlice(SLICE_NANOS);
    hostMemoryStalls.endSlice(SLICE_NANOS);
    ioStalls.endSlice(SLICE_NANOS);
    sliceStartNanos = end;
    observers.forEach(Runnable::run);
  }

  private void endSliceOfCgroups() {
    long reclaimNanos = cache.pagesPerChunk() * RECLAIM_NANOS_PER_PAGE;
    List<SimulatedCgroup> all = cache.cgroups();
    for (int i = 1; i < all.size(); i++) { // the root has no limit
      memoryStalls.waited(all.get(i).endSlice(SLICE_NANOS, reclaimNanos));
    }
  }

  /** Memory is taken as fast as programs can fill it, and given back at once. */
  private void meetDemand() {
    long max = anonymousBytes + SLICE_NANOS * FILL_BYTES_PER_SECOND / 1_000_000_000;
    long wanted = Math.min(demand.bytesAt(sliceStartNanos), max);
    if (wanted != anonymousBytes) {
      anonymousBytes = wanted;
      cache.setAnonymousBytes(wanted);
    }
  }

  /** Runs an operation on a backing file, charged as the kernel charges the lower cache. */
  long onLower(LongSupplier operation) {
    SimulatedCgroup user = cache.payer();
    cache.chargeTo(lowerCacheToReader ? user : cache.root());
    long nanos = operation.getAsLong();
    cache.chargeTo(user);
    return nanos;
  }

  void onLower(Runnable operation) {
    onLower(
        () -> {
          operation.run();
          return 0;
        });
  }

  // -- operations of programs and loop devices, which return their time --------------------------

  /** Uses the CPU for each block of a chunk. */
  long useCpu(long nanosPerBlock) {
    return cpus.use(hardware.blocksPerChunk() * nanosPerBlock);
  }

  /** Reads a chunk of a file on the disk, through the page cache. */
  long readCached(CachedFile file, long chunk, boolean inSequence) {
    if (cache.read(file, chunk)) {
      return 0;
    }
    return readDisk(inSequence, cache.add(file, chunk));
  }

  /** Reads a chunk from the disk. */
  long readDisk(boolean inSequence, Miss miss) {
    long nanos = disk.read(hardware.chunkBytes(), inSequence);
    ioStalls.waited(nanos);
    waited(miss, nanos);
    return nanos;
  }

  /** Records that the running program waited for a chunk that memory was too small to keep. */
  void waited(Miss miss, long nanos) {
    if (miss != Miss.NONE) {
      memoryStalls.waited(nanos);
      cache.payer().waited(nanos);
      if (miss == Miss.FOR_HOST) {
        hostMemoryStalls.waited(nanos);
      }
    }
  }

  long writeCached(CachedFile file, long chunk, int list) {
    if (writeback.isThrottling(cache.payer())) {
      ioStalls.waited(SLICE_NANOS);
      return Storage.THROTTLED;
    }
    cache.write(file, chunk, list, nowMillis());
    return useCpu(Hardware.WRITE_NANOS);
  }

  /** Writes a chunk with fsync(2) after each block. */
  long writeSafely() {
    long nanos = disk.writeSafely(hardware.chunkBytes());
    ioStalls.waited(nanos);
    return nanos;
  }

  int nowMillis() {
    return (int) (sliceStartNanos / 1_000_000);
  }

  // -- its parts ---------------------------------------------------------------------------------

  Hardware hardware() {
    return hardware;
  }

  PageCache cache() {
    return cache;
  }

  Disk disk() {
    return disk;
  }

  Cpus cpus() {
    return cpus;
  }

  Stalls memoryStalls() {
    return memoryStalls;
  }

  /** Returns the stalls that no cgroup's limit caused; no kernel counts them. */
  Stalls hostMemoryStalls() {
    return hostMemoryStalls;
  }

  Stalls ioStalls() {
    return ioStalls;
  }
}
