package io.fadvised.config;

import java.time.Duration;
import java.util.Optional;

/** The bounds of the time between two sweeps of a device. */
public record Interval(Duration min, Duration max) {
  static final DurationRange MIN_RANGE =
      new DurationRange(Duration.ofMillis(100), Duration.ofHours(1));
  static final DurationRange MAX_RANGE =
      new DurationRange(Duration.ofMillis(100), Duration.ofHours(24));
  static final Interval WIDEST = new Interval(MIN_RANGE.min(), MAX_RANGE.max());

  public Interval {
    MIN_RANGE.require("interval.min", min);
    MAX_RANGE.require("interval.max", max);
    if (min.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "interval.min %s exceeds interval.max %s"
              .formatted(DurationText.of(min), DurationText.of(max)));
    }
  }

  /** Replaces the given bounds. A bound that is not given moves if the new one would cross it. */
  Interval with(Optional<Duration> newMin, Optional<Duration> newMax) {
    Duration low = newMin.orElseGet(() -> shorter(min, newMax.orElse(min)));
    Duration high = newMax.orElseGet(() -> longer(max, low));
    return new Interval(low, high);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
