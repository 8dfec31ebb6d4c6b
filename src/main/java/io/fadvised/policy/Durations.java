package io.fadvised.policy;

import java.time.Duration;

/** Compares durations. */
public final class Durations {
  private Durations() {}

  public static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  public static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
