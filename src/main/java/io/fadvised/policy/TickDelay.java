package io.fadvised.policy;

import java.time.Duration;

/** Decides how long the engine waits from one tick to the next. */
public final class TickDelay {
  /** The delay while anything changes. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** The delay while nothing changes: ticks are most of the cost of an idle daemon. */
  private static final Duration QUIET_TICK = Duration.ofSeconds(5);

  /** Devices that become due within this time are swept together. */
  private static final Duration MIN_TICK = Duration.ofMillis(50);

  /** Polling and measuring take at most a tenth of the time. */
  private static final int REST_FACTOR = 9;

  private TickDelay() {}

  /**
   * Returns the delay.
   *
   * @param isQuiet whether there is no pressure, and no device changes
   * @param isWorkLeft whether devices that were due have not been swept
   * @param untilDue the time until a device is due; negative if it is late
   * @param spent the longer of the times that this tick polled and measured
   */
  public static Duration of(
      boolean isQuiet, boolean isWorkLeft, Duration untilDue, Duration spent) {
    Duration wait = isWorkLeft ? Duration.ZERO : max(MIN_TICK, min(untilDue, base(isQuiet)));
    return max(wait, min(TICK, spent.multipliedBy(REST_FACTOR)));
  }

  private static Duration base(boolean isQuiet) {
    return isQuiet ? QUIET_TICK : TICK;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
