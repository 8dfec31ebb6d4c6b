package io.fadvised.engine;

import java.time.Duration;

/**
 * How long measuring may take in a second without cachestat: for one device, and for all devices
 * together, shared equally by those that need it. With cachestat, perDevice bounds one measurement.
 */
public record Measuring(Duration perDevice, Duration perHost) {
  /**
   * At 60 ns for a page of mincore, 20 ms count 1 GiB of a file or take 8,000 samples of a larger
   * one. A tenth of one core is what a host can spare.
   */
  public static final Measuring DEFAULT =
      new Measuring(Duration.ofMillis(20), Duration.ofMillis(100));

  /** For one measurement of every device, after which the process ends. */
  public static final Measuring ONCE = new Measuring(DEFAULT.perDevice(), Duration.ofSeconds(1));
}
