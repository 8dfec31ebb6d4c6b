package io.fadvised.config;

import java.time.Duration;

/** Writes durations as operators do: {@code 500ms}, {@code 90s}, {@code 1h}. */
final class DurationText {
  private DurationText() {}

  static String of(Duration duration) {
    if (duration.getNano() % 1_000_000 != 0) {
      return duration.toString();
    }
    if (duration.getNano() != 0) {
      return duration.toMillis() + "ms";
    }
    long seconds = duration.getSeconds();
    if (seconds != 0 && seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds + "s";
  }
}
