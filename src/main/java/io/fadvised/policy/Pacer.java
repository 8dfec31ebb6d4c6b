package io.fadvised.policy;

import java.time.Duration;

/**
 * How long to rest after a call of posix_fadvise(2), from what such calls cost: one pace for all
 * devices of a host, since the page lists and their locks are the host's.
 *
 * <p>Two bounds hold over any time: calls spend at most half of it where the host has two
 * processors, and there are at most a thousand of them in a second. Beyond that a call slower than
 * its limit doubles the spacing of the next ones, and half of that is forgotten every half a
 * second; so the pace settles where about two calls in a second are slow.
 *
 * @param processors that the host runs, at least 1
 * @param spacing the least rest between two calls at present
 */
public record Pacer(int processors, Duration spacing) {
  /** At most 1,000 calls a second; 30,000 a second gave others latency tails of 2 to 10 ms. */
  static final Duration LEAST_SPACING = Duration.ofMillis(1);

  /** The spacing that cured those tails, taken to be of a host with two processors. */
  static final Duration SLOW_SPACING = Duration.ofMillis(15);

  /** Four calls a second: slow as they may be, an eviction goes on. */
  static final Duration LONGEST_SPACING = Duration.ofMillis(250);

  private static final double HALF_LIFE_NANOS = 0.5e9;

  /** Two drains of idle page lists (0.5 to 1 ms, measured at 2 processors). */
  private static final double LIMIT_NANOS = 2e6;

  /**
   * Twice the most that was measured for pages that lie scattered in memory: 0.7 to 1.2 µs each, 38
   * ms for 128 MiB (6.18). Those read from end to end, into large folios, take 10 ns.
   */
  private static final double LIMIT_NANOS_PER_BYTE = 2 * 1200 / 4096.0;

  public Pacer {
    if (processors < 1) {
      throw new IllegalArgumentException(processors + " processors");
    }
    if (spacing.compareTo(LEAST_SPACING) < 0 || spacing.compareTo(LONGEST_SPACING) > 0) {
      throw new IllegalArgumentException("spacing of " + spacing);
    }
  }

  /** A pacer that knows of no slow call. */
  public static Pacer of(int processors) {
    return new Pacer(processors, LEAST_SPACING);
  }

  /** Returns whether a call took longer than evicting so much can take by itself. */
  public static boolean isSlow(long adviceBytes, Duration took) {
    return took.toNanos() > LIMIT_NANOS + LIMIT_NANOS_PER_BYTE * adviceBytes;
  }

  /**
   * The pacer after one more call.
   *
   * @param adviceBytes length of the advised range
   * @param took how long the call took
   * @param sinceLast from the end of the call before to the end of this one
   */
  public Pacer after(long adviceBytes, Duration took, Duration sinceLast) {
    double remembered = spacing.toNanos() * Math.pow(0.5, sinceLast.toNanos() / HALF_LIFE_NANOS);
    long next =
        Math.round(
            isSlow(adviceBytes, took) ? Math.max(2 * remembered, slowSpacingNanos()) : remembered);
    return new Pacer(
        processors,
        Duration.ofNanos(
            Math.max(LEAST_SPACING.toNanos(), Math.min(LONGEST_SPACING.toNanos(), next))));
  }

  /**
   * How long to rest after the call that has just been taken into account: as long as the call on
   * two processors, so that it takes a quarter of them; the more there are, the smaller a part of
   * them one is.
   */
  public Duration restAfter(Duration took) {
    Duration share = took.multipliedBy(2).dividedBy(processors);
    return share.compareTo(spacing) > 0 ? share : spacing;
  }

  /**
   * A slow call has likely drained the page lists of every processor (lru_add_drain_all,
   * mm/swap.c), which costs all of them together in proportion to their number, each of them always
   * the same: the spacing grows by what lies between, the square root. 255 processors: 169 ms.
   */
  private double slowSpacingNanos() {
    return SLOW_SPACING.toNanos() * Math.sqrt(Math.max(1, processors / 2.0));
  }
}
