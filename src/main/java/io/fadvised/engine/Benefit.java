package io.fadvised.engine;

import java.time.Duration;

/**
 * What eviction gave and what it cost over some time.
 *
 * @param byteSeconds memory given back, times how long: an upper bound, see {@link BenefitMeter}
 * @param releasedBytes seen to leave the page cache
 * @param returnedBytes of that, read from the disk again: the extra reading that it cost; estimated
 * @param adviceCalls calls of posix_fadvise(2)
 * @param callTime spent inside these calls
 */
public record Benefit(
    double byteSeconds,
    long releasedBytes,
    long returnedBytes,
    long adviceCalls,
    Duration callTime) {
  public static final Benefit NONE = new Benefit(0, 0, 0, 0, Duration.ZERO);

  private static final double BYTE_SECONDS_IN_GIB_HOUR = 3600.0 * (1L << 30);

  /** The same in the unit that people think in. */
  public double gibHours() {
    return byteSeconds / BYTE_SECONDS_IN_GIB_HOUR;
  }

  /** What came to it since an earlier moment. */
  Benefit since(Benefit earlier) {
    return new Benefit(
        byteSeconds - earlier.byteSeconds,
        releasedBytes - earlier.releasedBytes,
        returnedBytes - earlier.returnedBytes,
        adviceCalls - earlier.adviceCalls,
        callTime.minus(earlier.callTime));
  }
}
