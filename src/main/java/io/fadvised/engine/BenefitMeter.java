package io.fadvised.engine;

import java.time.Duration;

/**
 * Adds up the memory given back, and for how long.
 *
 * <p>Memory given back is what was evicted and has not come back. The kernel would have dropped
 * some of that by itself, and nobody knows how much. It counts for no more than the available
 * memory, where all of it could still be. That makes it an upper bound. Owned by the engine's
 * thread.
 */
final class BenefitMeter {
  private static final double NANOS_PER_SECOND = 1e9;

  private double byteSeconds;
  private long givenBackBytes;
  private long countedAtNanos;

  BenefitMeter(long nowNanos) {
    countedAtNanos = nowNanos;
  }

  /**
   * Counts the time since the last call.
   *
   * @param outBytes evicted and not back, over all devices
   * @param availableBytes of memory
   */
  void count(long outBytes, long availableBytes, long nowNanos) {
    byteSeconds += givenBackBytes * ((nowNanos - countedAtNanos) / NANOS_PER_SECOND);
    countedAtNanos = nowNanos;
    givenBackBytes = Math.min(outBytes, availableBytes);
  }

  /** The running totals. */
  Benefit benefit(DeviceTotals totals, Duration callTime) {
    return new Benefit(
        givenBackBytes,
        byteSeconds,
        totals.releasedBytes(),
        totals.returnedBytes(),
        totals.adviceCalls(),
        callTime);
  }
}
