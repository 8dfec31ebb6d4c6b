package io.fadvised.engine;

/**
 * Adds up the memory given back over time.
 *
 * <p>Memory given back is the evicted bytes that were not read back, limited to the available
 * memory. It is an upper bound: the kernel would have reclaimed some of these pages by itself.
 * Owned by the engine's thread.
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
   * @param outBytes evicted and not read back, over all devices
   * @param availableBytes of memory
   */
  void count(long outBytes, long availableBytes, long nowNanos) {
    byteSeconds += givenBackBytes * ((nowNanos - countedAtNanos) / NANOS_PER_SECOND);
    countedAtNanos = nowNanos;
    givenBackBytes = Math.min(outBytes, availableBytes);
  }

  /** Returns the totals since the start. */
  Benefit benefit() {
    return new Benefit(givenBackBytes, byteSeconds);
  }
}
