package io.fadvised.engine;

import java.time.Duration;

/**
 * What eviction gave and what it cost since the daemon started.
 *
 * @param givenBackBytes out of memory at present because of it; an upper bound
 * @param byteSeconds memory given back, times how long; an upper bound, see {@link BenefitMeter}
 * @param releasedBytes seen to leave the page cache
 * @param returnedBytes of that, read back from the disk; estimated
 * @param adviceCalls calls of posix_fadvise(2)
 * @param callTime spent inside these calls
 */
public record Benefit(
    long givenBackBytes,
    double byteSeconds,
    long releasedBytes,
    long returnedBytes,
    long adviceCalls,
    Duration callTime) {
  public static final Benefit NONE = new Benefit(0, 0, 0, 0, 0, Duration.ZERO);

  private static final double BYTE_SECONDS_IN_GIB_HOUR = 3600.0 * (1L << 30);

  /** Memory given back in GiB hours. */
  public double gibHours() {
    return byteSeconds / BYTE_SECONDS_IN_GIB_HOUR;
  }
}
