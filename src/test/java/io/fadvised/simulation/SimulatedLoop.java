package io.fadvised.simulation;

import io.fadvised.loop.BackingPath;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopDevice;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A loop device. The upper file stands for all files on it; the lower one is the backing file,
 * which may be shared.
 */
final class SimulatedLoop {
  private static final int LOGICAL_BLOCK_BYTES = 512;

  private final Machine machine;
  private final CachedFile upper;
  private final CachedFile lower;
  private final long offsetChunks;
  private final boolean direct;
  private final LoopDevice device;
  private long workerFreeAtNanos;
  private long readBytes;
  private long writtenBytes;

  SimulatedLoop(
      Machine machine,
      int number,
      CachedFile upper,
      CachedFile lower,
      long offset,
      boolean direct,
      boolean isEl7) {
    this.machine = machine;
    this.upper = upper;
    this.lower = lower;
    this.direct = direct;
    offsetChunks = offset / machine.hardware().chunkBytes();
    upper.liesOn(this);
    device =
        new LoopDevice(
            "loop" + number,
            BackingPath.of("/srv/" + lower.identity().inode() + ".img"),
            offset,
            0,
            upper.sizeBytes(),
            false,
            isEl7 ? Optional.empty() : Optional.of(direct),
            LOGICAL_BLOCK_BYTES,
            isEl7 ? OptionalLong.empty() : OptionalLong.of(number + 1));
  }

  LoopDevice device() {
    return device;
  }

  CachedFile upper() {
    return upper;
  }

  CachedFile lower() {
    return lower;
  }

  IoCounters counters() {
    return new IoCounters(readBytes, writtenBytes);
  }

  boolean isDirect() {
    return direct;
  }

  /** Reads a chunk from the device; returns its time in ns. */
  long read(long chunk, boolean inSequence) {
    Hardware hardware = machine.hardware();
    readBytes += hardware.chunkBytes();
    countInCgroup();
    int requests = inSequence ? 1 : hardware.blocksPerChunk();
    long copying =
        inSequence ? machine.useCpu(Hardware.READ_NANOS) : 0; // else included in the trip
    long trip =
        copying
            + requests * (Hardware.LOOP_NANOS - Hardware.LOOP_CPU_NANOS)
            + machine.cpus().use(requests * Hardware.LOOP_CPU_NANOS);
    return trip
        + (direct
            ? machine.readDisk(inSequence, PageCache.Miss.NONE)
            : machine.onLower(() -> machine.readCached(lower, offsetChunks + chunk, inSequence)));
  }

  private void countInCgroup() {
    machine.cache().payer().addIo(device.name(), machine.hardware().chunkBytes());
  }

  boolean isWorkerBusy(long atNanos) {
    return workerFreeAtNanos > atNanos;
  }

  /** Writes a chunk for the filesystem on the device. */
  void written(long chunk, long nowNanos) {
    int bytes = machine.hardware().chunkBytes();
    writtenBytes += bytes;
    countInCgroup();
    if (!direct) {
      workerFreeAtNanos =
          Math.max(workerFreeAtNanos, nowNanos)
              + bytes * 1_000_000_000L / Hardware.LOOP_WRITE_BYTES_PER_SECOND;
      PageCache cache = machine.cache();
      machine.onLower(
          () -> cache.write(lower, offsetChunks + chunk, PageCache.LOWER, machine.nowMillis()));
    }
  }

  /** Writes a chunk with fsync(2) after each block: nothing stays dirty. */
  long writeSafely(long chunk) {
    writtenBytes += machine.hardware().chunkBytes();
    countInCgroup();
    if (!direct) {
      machine.onLower(() -> machine.cache().writeThrough(lower, offsetChunks + chunk));
    }
    return machine.writeSafely();
  }
}
