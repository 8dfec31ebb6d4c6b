package io.fadvised.policy;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * What a sweep of a device takes, as an estimate that learns.
 *
 * @param estimate for the next one
 */
public record SweepTime(Duration estimate) {
  /** Shorter sweeps are all the same. */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  /** In small pages that are all resident, for each GiB; measured. */
  private static final Duration PER_GIB = Duration.ofMillis(30);

  private static final int MIB_OF_A_GIB = 1024;

  private static final Duration LONGEST_FIRST = Duration.ofMillis(500);

  /** As if all had waited so long before: what is short goes first from the beginning. */
  private static final Duration HEAD_START = Duration.ofSeconds(1);

  /** Enough for some calls of posix_fadvise(2), of 1 ms with their rests. */
  private static final Duration SHORTEST_EVICTION = Duration.ofMillis(5);

  /** What is left is evicted on the next sweep. */
  public static final Duration LONGEST_EVICTION = Duration.ofSeconds(1);

  /** So many times what was expected is more than what differs from one sweep to the next. */
  private static final int SURPRISE = 2;

  /** The last one counts for a fourth of the mean: one that was held up by the disk is no rule. */
  private static final int MEMORY = 4;

  /**
   * Before the first one: the most that measuring so much takes, seldom more than half a second.
   */
  public static SweepTime ofSize(long bytes) {
    Duration most = PER_GIB.multipliedBy(bytes >> 20).dividedBy(MIB_OF_A_GIB);
    return new SweepTime(most.compareTo(LONGEST_FIRST) < 0 ? most : LONGEST_FIRST);
  }

  /** The first one does what is done only once: it makes the estimate shorter, but not longer. */
  public SweepTime afterFirst(Duration took) {
    return took.compareTo(estimate) < 0 ? new SweepTime(took) : this;
  }

  /** After any other one. */
  public SweepTime after(Duration took) {
    return new SweepTime(estimate.plus(took.minus(estimate).dividedBy(MEMORY)));
  }

  /**
   * The time for an eviction: a device has its turn for what is expected of it, so one that takes
   * more than twice that is cut short, and goes on when it has its next turn; but it has five
   * milliseconds, and an equal part of the time that is left, and never more than a second. Else a
   * thousand devices that took a millisecond each, for there was nothing to evict, could hold up
   * the others for as many seconds.
   *
   * @param share that equal part
   */
  public Duration evictionTime(Duration share) {
    Duration expected = estimate.multipliedBy(SURPRISE);
    return Collections.min(
        List.of(LONGEST_EVICTION, Collections.max(List.of(SHORTEST_EVICTION, expected, share))));
  }

  /**
   * Whose turn it is: the larger, the sooner. It grows with the time since the last sweep, in
   * proportion to what one takes (as in highest response ratio next), so that devices for which
   * there is not time enough get equal times, however much each of their sweeps takes.
   */
  public double urgency(Duration sinceLast) {
    Duration takes = estimate.compareTo(SHORTEST) < 0 ? SHORTEST : estimate;
    return sinceLast.plus(HEAD_START).toNanos() / (double) takes.toNanos();
  }
}
