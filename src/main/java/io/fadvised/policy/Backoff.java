package io.fadvised.policy;

import static io.fadvised.policy.Durations.max;
import static io.fadvised.policy.Durations.min;

import java.time.Duration;

/**
 * The pause in evicting one device because evicted pages are read back from the disk.
 *
 * <p>One value carries the whole history: the pause doubles each time evictions are read back and
 * halves each time they are not. The first pause lasts a second, which skips one eviction. The
 * second lasts a minute; further ones double up to an hour.
 *
 * @param pause the last pause; zero if none is due
 * @param untilNanos when it ends, on the engine's clock
 * @param whilePressed whether memory was short when it began
 */
public record Backoff(Duration pause, long untilNanos, boolean whilePressed) {
  public static final Backoff NONE = new Backoff(Duration.ZERO, 0, false);

  /** Skips one eviction. Four evictions that are not read back halve it below {@link #MIN}. */
  private static final Duration SKIP = Duration.ofSeconds(1);

  private static final Duration MIN = Duration.ofMillis(100);

  private static final Duration MIN_PAUSE = Duration.ofMinutes(1);
  private static final Duration MAX_PAUSE = Duration.ofHours(1);

  /**
   * Above this a retry evicts a part of the file. A pause of a minute falls below it after three
   * halvings: in the first measurement after a pause no page can have been read back twice.
   */
  private static final Duration CAREFUL = Duration.ofSeconds(10);

  /**
   * Returns whether evictions are paused now. A pause that began while memory was ample ends when
   * memory becomes short, since an eviction is worth more then.
   */
  public boolean isPaused(boolean pressed, long nowNanos) {
    return !pause.isZero() && nowNanos - untilNanos < 0 && (whilePressed || !pressed);
  }

  /** Returns whether the pause is longer than one skipped eviction. */
  public boolean isLong() {
    return pause.compareTo(MIN_PAUSE) >= 0;
  }

  /**
   * Returns whether the next evictions are limited to {@link EvictionPlan#sixteenth a part of the
   * file}.
   */
  public boolean isCareful() {
    return pause.compareTo(CAREFUL) > 0;
  }

  /** Returns the pause after evicted pages were read back. */
  public Backoff afterReadBack(boolean pressed, long nowNanos) {
    Duration next = pause.isZero() ? SKIP : max(MIN_PAUSE, min(MAX_PAUSE, pause.multipliedBy(2)));
    return new Backoff(next, nowNanos + next.toNanos(), pressed);
  }

  /** Returns the pause after an eviction that was not read back. */
  public Backoff afterQuiet() {
    Duration next = pause.dividedBy(2);
    return next.compareTo(MIN) < 0 ? NONE : new Backoff(next, untilNanos, whilePressed);
  }
}
