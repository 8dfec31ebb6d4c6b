package io.fadvised.policy;

import java.time.Duration;

/**
 * The rate at which a device's lower cache fills. It follows a rise at once and a fall by halves,
 * so that one quiet measurement does not hide a stream.
 *
 * @param bytesPerSecond 0 or more
 */
public record FillRate(double bytesPerSecond) {
  public static final FillRate ZERO = new FillRate(0);

  /** A rate below a page a second counts as zero. */
  private static final double STILL_BYTES_PER_SECOND = 4096;

  /**
   * Returns the rate after one more measurement.
   *
   * @param grownBytes growth since the last measurement; a loss counts as no growth
   * @param elapsed time since then, more than 0
   */
  public FillRate observe(long grownBytes, Duration elapsed) {
    double measured = Math.max(0, grownBytes) * 1e9 / elapsed.toNanos();
    double next = measured >= bytesPerSecond ? measured : (measured + bytesPerSecond) / 2;
    return next < STILL_BYTES_PER_SECOND ? ZERO : new FillRate(next);
  }

  /** Returns the bytes added within a time at this rate. */
  public long bytesIn(Duration time) {
    return (long) (bytesPerSecond * (time.toNanos() / 1e9));
  }
}
