package io.fadvised.config;

import java.time.Duration;

/**
 * How much time a second measuring may take where it takes some (by mincore): for one device, and
 * for all devices together.
 */
public record Measuring(Duration perDevice, Duration perHost) {
  static final DurationRange RANGE = new DurationRange(Duration.ofMillis(1), Duration.ofSeconds(1));

  /** The most for all devices together that can be configured. */
  public static final Duration MOST = RANGE.most();

  public Measuring {
    RANGE.require("measuring.per-device", perDevice);
    RANGE.require("measuring.per-host", perHost);
    if (perDevice.compareTo(perHost) > 0) {
      throw new IllegalArgumentException(
          "measuring.per-device %s exceeds measuring.per-host %s"
              .formatted(DurationText.of(perDevice), DurationText.of(perHost)));
    }
  }
}
