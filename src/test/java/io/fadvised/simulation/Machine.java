package io.fadvised.simulation;

import io.fadvised.linux.FileIdentity;
import java.util.ArrayList;
import java.util.List;

/**
 * The hardware and the kernel of a host, and the programs on it. Time advances in slices, and each
 * program runs in each slice, so that the simulation is deterministic.
 */
final class Machine {
  /** Short compared with the engine's interval of a second. */
  static final long SLICE_NANOS = 10_000_000;

  /** The rate at which a program can take memory: faults of 4 KiB at 2 µs; an estimate. */
  private static final long FILL_BYTES_PER_SECOND = 2_000_000_000;

  /** The number of a disk that is no loop device. */
  private static final long DISK_NUMBER = FileIdentity.encodeDevice(8, 1);

  private final Hardware hardware;
  private final PageCache cache;
  private final Disk disk = new Disk();
  private final Cpus cpus;
  private final Writeback writeback;
  private final Stalls memoryStalls = new Stalls();
  private final Stalls ioStalls = new Stalls();
  private final List<Program> programs = new ArrayList<>();
  private Demand demand = new Demand(0, 0, Program.Hours.ALWAYS);
  private long anonymousBytes;
  private long sliceStartNanos;
  private long forcedWritesSeen;
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

  List<Program> programs() {
    return programs;
  }

  void start(Program program) {
    programs.add(program);
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
    for (Program program : programs) {
      program.run(sliceStartNanos, end);
    }
    long written = writeback.run(sliceStartNanos, end);
    memoryStalls.waited(
        (cache.forcedWrites() - forcedWritesSeen)
            * (hardware.chunkBytes() * 1_000_000_000L / Hardware.DISK_WRITE_BYTES_PER_SECOND));
    forcedWritesSeen = cache.forcedWrites();
    disk.endSlice(SLICE_NANOS, written);
    cpus.endSlice(SLICE_NANOS);
    memoryStalls.endSlice(SLICE_NANOS);
    ioStalls.endSlice(SLICE_NANOS);
    sliceStartNanos = end;
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

  /** Reads a chunk from the disk; {@code missed} if memory was too small to keep it. */
  long readDisk(boolean inSequence, boolean missed) {
    long nanos = disk.read(hardware.chunkBytes(), inSequence);
    ioStalls.waited(nanos);
    if (missed) {
      memoryStalls.waited(nanos);
    }
    return nanos;
  }

  long writeCached(CachedFile file, long chunk, int list) {
    if (writeback.isThrottling()) {
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

  Stalls ioStalls() {
    return ioStalls;
  }
}
