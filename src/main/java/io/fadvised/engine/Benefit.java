package io.fadvised.engine;

import java.time.Duration;

/**
 * The benefit and the cost of evictions since the daemon started.
 *
 * @param givenBackBytes memory given back at present; an upper bound
 * @param byteSeconds memory given back times its duration; an upper bound, see {@link BenefitMeter}
 * @param releasedBytes measured to leave the page cache
 * @param returnedBytes the part of them that was read back from the disk; estimated
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

  /** Returns the memory given back in GiB hours. */
  public double gibHours() {
    return byteSeconds / BYTE_SECONDS_IN_GIB_HOUR;
  }
}
