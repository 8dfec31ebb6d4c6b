package io.fadvised.policy;

import io.fadvised.pressure.MemInfo;
import java.time.Duration;

/**
 * How long memory can be left unwatched: until what is available above the level where pressure
 * begins is used up, if it goes on to shrink as it did. For hosts that do not tell of pressure.
 */
public final class Headroom {
  /** earlyoom's shortest sleep; the look itself takes less than a millisecond. */
  private static final Duration SHORTEST = Duration.ofMillis(100);

  /** As often as the engine looks at memory under pressure. */
  private static final Duration PRESSED = Duration.ofSeconds(1);

  /** If nothing else asks for a look sooner. */
  public static final Duration LONGEST = Duration.ofMinutes(1);

  private Headroom() {}

  /**
   * The time from a look to the next one.
   *
   * @param before memory at the look before
   * @param elapsed time between the two, more than 0
   * @return 100 ms at the least; a second if it is gone and memory shrinks on; {@link #LONGEST} if
   *     memory does not shrink
   */
  public static Duration untilGone(MemInfo before, MemInfo now, Duration elapsed) {
    double above = now.availableBytes() - PressureGauge.EASY_AVAILABLE * now.totalBytes();
    double lost = before.availableBytes() - now.availableBytes();
    if (lost <= 0) {
      return LONGEST;
    }
    if (above <= 0) {
      return PRESSED;
    }
    long nanos = Math.round(above / lost * elapsed.toNanos());
    return Duration.ofNanos(Math.max(SHORTEST.toNanos(), Math.min(LONGEST.toNanos(), nanos)));
  }
}
