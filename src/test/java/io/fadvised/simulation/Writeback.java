package io.fadvised.simulation;

import static io.fadvised.simulation.PageCache.LOWER;
import static io.fadvised.simulation.PageCache.UPPER;

/**
 * The kernel's flushing of dirty chunks: after 30 s, or as soon as a tenth of the memory available
 * to files is dirty; above 17.5 % writers wait. The figures follow from the defaults of
 * vm.dirty_expire_centisecs, and from the middle between those of vm.dirty_background_ratio and
 * vm.dirty_ratio. Chunks written by a loop's filesystem become dirty in the lower cache, unless
 * direct I/O is on.
 */
final class Writeback {
  private static final int EXPIRE_MILLIS = 30_000;
  private static final double BACKGROUND_SHARE = 0.10;
  private static final double THROTTLE_SHARE = 0.175;

  /** The length of the disk's queue, in time. */
  private static final long AHEAD_NANOS = 50_000_000;

  private final PageCache cache;
  private final Disk disk;
  private final Cpus cpus;
  private final int chunkBytes;
  private long creditBytes;

  Writeback(PageCache cache, Disk disk, Cpus cpus, int chunkBytes) {
    this.cache = cache;
    this.disk = disk;
    this.cpus = cpus;
    this.chunkBytes = chunkBytes;
  }

  /** Returns whether writers in a cgroup have to wait. */
  boolean isThrottling(SimulatedCgroup cgroup) {
    return cgroup.isUnwrittenAbove(THROTTLE_SHARE)
        || cache.unwrittenBytes() > THROTTLE_SHARE * (cache.freeBytes() + cache.fileBytes());
  }

  /** Runs the flushers for a slice of time; returns the bytes written to the disk. */
  long run(long startNanos, long endNanos) {
    int nowMillis = (int) (endNanos / 1_000_000);
    if (cache.unwrittenBytes() == 0) {
      creditBytes = 0;
      return 0;
    }
    flushUpper(startNanos, endNanos);
    flushLower(nowMillis);
    return write(endNanos - startNanos);
  }

  private long write(long sliceNanos) {
    creditBytes += disk.writableBytes(sliceNanos);
    long written = 0;
    while (cache.writebackChunks() > 0 && creditBytes >= chunkBytes) {
      cache.finishWriteback();
      creditBytes -= chunkBytes;
      written += chunkBytes;
      cpus.use(blocks() * Hardware.WRITEBACK_CPU_NANOS);
    }
    if (cache.writebackChunks() == 0) {
      creditBytes = 0;
    }
    return written;
  }

  private void flushLower(int nowMillis) {
    long ahead = disk.writableBytes(AHEAD_NANOS) / chunkBytes + 1;
    int slot = cache.oldestDirty(LOWER);
    while (slot >= 0 && cache.writebackChunks() < ahead && isDue(slot, nowMillis)) {
      cache.startWriteback(LOWER, slot);
      slot = cache.oldestDirty(LOWER);
    }
  }

  private void flushUpper(long startNanos, long endNanos) {
    int nowMillis = (int) (endNanos / 1_000_000);
    long ahead = disk.writableBytes(AHEAD_NANOS) / chunkBytes + 1;
    int slot = cache.oldestDirty(UPPER);
    while (slot >= 0 && isDue(slot, nowMillis)) {
      SimulatedLoop loop = cache.fileOf(slot).loop();
      if (loop.isWorkerBusy(endNanos) || (loop.isDirect() && cache.writebackChunks() >= ahead)) {
        return; // its worker is busy
      }
      long chunk = cache.chunkOf(slot);
      SimulatedCgroup owner = cache.ownerOf(slot);
      if (loop.isDirect()) {
        cache.startWriteback(UPPER, slot);
      } else {
        cache.clean(UPPER, slot);
      }
      cache.chargeTo(owner);
      loop.written(chunk, startNanos);
      cache.chargeTo(cache.root());
      cpus.use(blocks() * Hardware.LOOP_WRITE_CPU_NANOS);
      slot = cache.oldestDirty(UPPER);
    }
  }

  private boolean isDue(int slot, int nowMillis) {
    return nowMillis - cache.dirtiedAtMillis(slot) >= EXPIRE_MILLIS
        || cache.ownerOf(slot).isUnwrittenAbove(BACKGROUND_SHARE)
        || cache.unwrittenBytes() > BACKGROUND_SHARE * (cache.freeBytes() + cache.fileBytes());
  }

  private long blocks() {
    return chunkBytes / Hardware.BLOCK_BYTES;
  }
}
