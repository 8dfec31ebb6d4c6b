package io.fadvised.policy;

import java.time.Duration;

/**
 * How fast a device's lower cache fills. Believes a rise at once and a fall by halves, so that one
 * quiet look does not hide a stream.
 *
 * @param bytesPerSecond 0 or more
 */
public record FillRate(double bytesPerSecond) {
  public static final FillRate ZERO = new FillRate(0);

  /** Below a page a second it counts as still. */
  private static final double STILL_BYTES_PER_SECOND = 4096;

  /**
   * The rate after one more look.
   *
   * @param grownBytes growth since the last look; a loss counts as no growth
   * @param elapsed time since then, more than 0
   */
  public FillRate observe(long grownBytes, Duration elapsed) {
    double seen = Math.max(0, grownBytes) * 1e9 / elapsed.toNanos();
    double next = seen >= bytesPerSecond ? seen : (seen + bytesPerSecond) / 2;
    return next < STILL_BYTES_PER_SECOND ? ZERO : new FillRate(next);
  }

  /** Bytes that it adds in a time. */
  public long bytesIn(Duration time) {
    return (long) (bytesPerSecond * (time.toNanos() / 1e9));
  }
}
