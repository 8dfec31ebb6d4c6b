package io.fadvised.policy;

import static io.fadvised.policy.Durations.max;

import java.time.Duration;

/**
 * Computes the rest after each call of posix_fadvise(2) from the cost of these calls. There is one
 * pace for all devices of a host, since they share its page lists and their locks.
 *
 * <p>Two bounds hold over any time: calls take at most half of it on a host with two processors,
 * and there are at most 1,000 calls a second. In addition, a call slower than its limit doubles the
 * spacing of the next ones; the spacing halves every half a second. The pace settles at about two
 * slow calls a second.
 *
 * @param processors that are online, at least 1
 * @param spacing the minimum rest between two calls at present
 */
public record Pacer(int processors, Duration spacing) {
  /** 1,000 calls a second; 30,000 a second gave other programs latency tails of 2 to 10 ms. */
  static final Duration MIN_SPACING = Duration.ofMillis(1);

  /** The spacing that removed these tails, on a host with two processors. */
  static final Duration SLOW_SPACING = Duration.ofMillis(15);

  /** Four calls a second: however slow they are, an eviction makes progress. */
  static final Duration MAX_SPACING = Duration.ofMillis(250);

  private static final double HALF_LIFE_NANOS = 0.5e9;

  /** Two drains of idle page lists (0.5 to 1 ms, measured at 2 processors). */
  private static final double LIMIT_NANOS = 2e6;

  /**
   * Twice the maximum measured for pages that are scattered in memory: 0.7 to 1.2 µs each, 38 ms
   * for 128 MiB (6.18). Pages read in sequence, into large folios, take 10 ns each.
   */
  private static final long LIMIT_NANOS_PER_PAGE = 2 * 1200;

  public Pacer {
    if (processors < 1) {
      throw new IllegalArgumentException(processors + " processors");
    }
    if (spacing.compareTo(MIN_SPACING) < 0 || spacing.compareTo(MAX_SPACING) > 0) {
      throw new IllegalArgumentException("spacing of " + spacing);
    }
  }

  /** Returns a pacer without a slow call. */
  public static Pacer of(int processors) {
    return new Pacer(processors, MIN_SPACING);
  }

  /** Returns whether a call took longer than evicting this many pages takes by itself. */
  public static boolean isSlow(long advisedPages, Duration took) {
    return took.toNanos() > LIMIT_NANOS + LIMIT_NANOS_PER_PAGE * advisedPages;
  }

  /**
   * Returns the pacer after one more call.
   *
   * @param advisedPages length of the advised range
   * @param took how long the call took
   * @param sinceLast from the end of the call before to the end of this one
   */
  public Pacer after(long advisedPages, Duration took, Duration sinceLast) {
    double remembered = spacing.toNanos() * Math.pow(0.5, sinceLast.toNanos() / HALF_LIFE_NANOS);
    long next =
        Math.round(
            isSlow(advisedPages, took) ? Math.max(2 * remembered, slowSpacingNanos()) : remembered);
    return new Pacer(
        processors,
        Duration.ofNanos(Math.max(MIN_SPACING.toNanos(), Math.min(MAX_SPACING.toNanos(), next))));
  }

  /**
   * Returns the rest after the last call. With two processors it is as long as the call, so that
   * calls take a quarter of them; with more processors it is shorter in proportion, and never
   * shorter than the spacing.
   */
  public Duration restAfter(Duration took) {
    Duration share = took.multipliedBy(2).dividedBy(processors);
    return max(share, spacing);
  }

  /**
   * A slow call has likely drained the page lists of every processor (lru_add_drain_all,
   * mm/swap.c). The cost of a drain is constant for each processor and grows with their number in
   * total. The spacing grows with the square root of the number: 169 ms with 255 processors.
   */
  private double slowSpacingNanos() {
    return SLOW_SPACING.toNanos() * Math.sqrt(Math.max(1, processors / 2.0));
  }
}
