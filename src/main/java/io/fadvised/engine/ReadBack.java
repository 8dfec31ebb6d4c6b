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

/** Follows a sample of evicted pages to learn which of them are read back. Part of a memory. */
final class ReadBack {
  /** Pages in frequent use are on the active list, which turns over more slowly. */
  private static final int MIN_SWEEPS_REMEMBERED = 4;

  private final PageSample sample;
  private long outBytes;
  private long rememberedSinceNanos;
  private int sweepsRemembered;
  private boolean careful;
  private boolean evictedSinceLook;

  ReadBack(long seed, long nowNanos) {
    sample = new PageSample(seed);
    rememberedSinceNanos = nowNanos;
  }

  /**
   * Returns whether anything was evicted since the last look, so that it can show what that did.
   */
  boolean isEvictedSinceLook() {
    return evictedSinceLook;
  }

  /** Bytes evicted that have not come back. */
  long outBytes() {
    return outBytes;
  }

  /**
   * Measures which of the sampled pages have come back.
   *
   * @param io of the device since its last sweep
   * @param isCareful whether only a part of the file is evicted since then
   * @param turnover how long the kernel itself keeps a page that is not used again: a page that it
   *     would have dropped by now was not lost by our eviction
   */
  Returns look(
      Kernel kernel,
      OpenFile file,
      IoCounters io,
      boolean isCareful,
      Duration turnover,
      long nowNanos)
      throws KernelException {
    forgetWhatTheKernelWould(turnover, nowNanos);
    Returned seen = sample.measure(kernel, file);
    evictedSinceLook = false;
    long bytes = Math.min(outBytes, seen.bytes());
    outBytes -= bytes;
    long part = isCareful ? EvictionPlan.PARTS : 1; // a part of the pages sees that part of the I/O
    Returns returns =
        new Returns(
            bytes,
            seen.errorBytes(),
            seen.repeatedPages(),
            seen.expectedRepeats(),
            io.readBytes() / part,
            io.writtenBytes() / part);
    if (returns.isMostlyReadBack()) { // pages written again and again repeat, too
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

  /** Records the pages that are about to be evicted where an eviction goes on. */
  void beforeNextSlice(Kernel kernel, OpenFile file) throws KernelException {
    sample.refresh(kernel, file);
  }

  /** Starts a new sample: evictions before a pause are not held against those after it. */
  void forget(long nowNanos) {
    sample.clear();
    outBytes = 0;
    rememberedSinceNanos = nowNanos;
  }

  /** Records which of them have left. */
  void afterEviction(Kernel kernel, OpenFile file, long releasedBytes) throws KernelException {
    sample.afterEviction(kernel, file, releasedBytes);
    evictedSinceLook = true;
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
