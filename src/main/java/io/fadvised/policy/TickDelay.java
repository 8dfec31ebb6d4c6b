package io.fadvised.policy;

import static io.fadvised.policy.Durations.max;
import static io.fadvised.policy.Durations.min;

import java.time.Duration;

/** Decides how long the engine waits from one tick to the next. */
public final class TickDelay {
  /** The delay while anything changes. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** The delay while nothing changes: ticks are most of the cost of an idle daemon. */
  private static final Duration QUIET_TICK = Duration.ofSeconds(5);

  /** Devices that become due within this time are swept together. */
  private static final Duration MIN_TICK = Duration.ofMillis(50);

  /** Measuring takes at most a tenth of the time. */
  private static final int MEASURING_REST_FACTOR = 9;

  /**
   * Ticks take at most a hundredth of the time, apart from their sweeps. With 10,000 devices one
   * takes 17 ms.
   */
  private static final int TICK_REST_FACTOR = 99;

  /** At most a fortieth while devices that are due wait for the next tick. */
  private static final int TICK_REST_FACTOR_WITH_WORK_LEFT = 39;

  private static final Duration MAX_REST = Duration.ofSeconds(2);

  private TickDelay() {}

  /**
   * Returns the minimum delay after a tick, at most two seconds.
   *
   * @param tick how long the tick took, apart from sweeps
   * @param measuring how long it measured with mincore
   * @param isWorkLeft whether devices that were due have not been swept
   */
  public static Duration rest(Duration tick, Duration measuring, boolean isWorkLeft) {
    int factor = isWorkLeft ? TICK_REST_FACTOR_WITH_WORK_LEFT : TICK_REST_FACTOR;
    return min(
        MAX_REST, max(tick.multipliedBy(factor), measuring.multipliedBy(MEASURING_REST_FACTOR)));
  }

  /**
   * Returns the delay.
   *
   * @param isQuiet whether there is no pressure, and no device changes
   * @param isWorkLeft whether devices that were due have not been swept
   * @param untilDue the time until a device is due; negative if it is late
   * @param rest the minimum
   */
  public static Duration of(boolean isQuiet, boolean isWorkLeft, Duration untilDue, Duration rest) {
    Duration wait = isWorkLeft ? Duration.ZERO : max(MIN_TICK, min(untilDue, base(isQuiet)));
    return max(wait, rest);
  }

  private static Duration base(boolean isQuiet) {
    return isQuiet ? QUIET_TICK : TICK;
  }
}
