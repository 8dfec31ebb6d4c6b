package io.fadvised.engine;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.IoCounters;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.PageSample;
import io.fadvised.pagecache.Returned;
import io.fadvised.policy.EvictionPlan;
import io.fadvised.policy.Returns;
import java.time.Duration;
import java.util.List;

/** Follows a sample of evicted pages to learn which of them are read back. */
final class ReadBack {
  /** Pages in frequent use are on the active list, which turns over more slowly. */
  private static final int MIN_SWEEPS_REMEMBERED = 4;

  private final PageSample sample;
  private long outBytes;
  private long rememberedSinceNanos;
  private int sweepsRemembered;
  private boolean careful;
  private boolean evictedSinceMeasuring;

  ReadBack(long seed, long nowNanos) {
    sample = new PageSample(seed);
    rememberedSinceNanos = nowNanos;
  }

  /**
   * Returns whether pages were evicted since the last measurement, so that the next one judges
   * them.
   */
  boolean hasEvictedSinceMeasuring() {
    return evictedSinceMeasuring;
  }

  /** Returns the evicted bytes that were not read back. */
  long outBytes() {
    return outBytes;
  }

  /**
   * Measures which of the sampled pages were read back.
   *
   * @param io of the device since its last sweep
   * @param isCareful whether evictions since then took only a part of the file
   * @param turnover how long the kernel itself keeps a page that is not used again: our eviction of
   *     a page that the kernel would have reclaimed by now costs nothing
   */
  Returns measure(
      Kernel kernel,
      OpenFile file,
      IoCounters io,
      boolean isCareful,
      Duration turnover,
      long nowNanos)
      throws KernelException {
    forgetWhatTheKernelWould(turnover, nowNanos);
    Returned returned = sample.measure(kernel, file);
    evictedSinceMeasuring = false;
    long bytes = Math.min(outBytes, returned.bytes());
    outBytes -= bytes;
    long part = isCareful ? EvictionPlan.PARTS : 1; // a part of the pages has that part of the I/O
    Returns returns =
        new Returns(
            bytes,
            returned.errorBytes(),
            returned.repeatedPages(),
            returned.expectedRepeats(),
            io.readBytes() / part,
            io.writtenBytes() / part);
    if (returns.isMostlyReadBack()) { // pages that are rewritten repeat, too
      sample.rememberReturns();
    }
    return returns;
  }

  /**
   * Records the pages that are about to be evicted.
   *
   * @param isCareful whether only a part of the file is evicted; a change starts a new sample
   */
  void beforeEviction(
      Kernel kernel, OpenFile file, List<ByteRange> parts, boolean isCareful, long nowNanos)
      throws KernelException {
    if (careful != isCareful) {
      careful = isCareful;
      forget(nowNanos);
    }
    sample.beforeEviction(kernel, file, parts);
  }

  /** Records the pages that are about to be evicted before an eviction continues. */
  void beforeNextSlice(Kernel kernel, OpenFile file) throws KernelException {
    sample.refresh(kernel, file);
  }

  /** Starts a new sample: evictions before a pause do not count after it. */
  void forget(long nowNanos) {
    sample.clear();
    outBytes = 0;
    rememberedSinceNanos = nowNanos;
  }

  /** Records which pages of the sample were evicted. */
  void afterEviction(Kernel kernel, OpenFile file, long releasedBytes) throws KernelException {
    sample.afterEviction(kernel, file, releasedBytes);
    evictedSinceMeasuring = true;
    outBytes += releasedBytes;
  }

  private void forgetWhatTheKernelWould(Duration turnover, long nowNanos) {
    sweepsRemembered++;
    if (sweepsRemembered > MIN_SWEEPS_REMEMBERED
        && nowNanos - rememberedSinceNanos > turnover.toNanos()) {
      sample.forgetReturns();
      rememberedSinceNanos = nowNanos;
      sweepsRemembered = 0;
    }
  }
}
