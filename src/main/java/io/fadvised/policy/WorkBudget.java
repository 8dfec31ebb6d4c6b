package io.fadvised.policy;

import java.time.Duration;

/**
 * Time for some work: earned evenly, saved for a while, and spent as it comes. What was spent
 * beyond it is owed, so that in the long run no more is spent than was earned.
 *
 * @param saved what may be spent; negative if it is owed
 */
public record WorkBudget(Duration saved) {
  /** Who waited for a call that hung does not have to pay for all of it. */
  private static final int MOST_OWED_FACTOR = 10;

  /**
   * What one of several may spend in a second.
   *
   * @param perOne the most for one
   * @param together the most for all of them together
   * @param sharing how many they are
   */
  public static Duration perSecond(Duration perOne, Duration together, int sharing) {
    Duration share = together.dividedBy(Math.max(1, sharing));
    return share.compareTo(perOne) < 0 ? share : perOne;
  }

  /**
   * After a time in which nothing was spent.
   *
   * @param perSecond what is earned
   * @param most what can be saved
   */
  public WorkBudget earn(Duration elapsed, Duration perSecond, Duration most) {
    double earnedNanos = perSecond.toNanos() * (elapsed.toNanos() / 1e9);
    Duration sum =
        saved.plusNanos((long) Math.min(earnedNanos, 2.0 * MOST_OWED_FACTOR * most.toNanos()));
    return new WorkBudget(sum.compareTo(most) > 0 ? most : sum);
  }

  /**
   * After something was spent.
   *
   * @param most what can be saved; ten times as much can be owed
   */
  public WorkBudget spend(Duration spent, Duration most) {
    Duration left = saved.minus(spent);
    Duration least = most.multipliedBy(-MOST_OWED_FACTOR);
    return new WorkBudget(left.compareTo(least) < 0 ? least : left);
  }

  /** How long until so much may be spent. */
  public Duration until(Duration wanted, Duration perSecond) {
    Duration missing = wanted.minus(saved);
    if (missing.isNegative() || missing.isZero()) {
      return Duration.ZERO;
    }
    double seconds = (double) missing.toNanos() / perSecond.toNanos();
    return Duration.ofNanos((long) (seconds * 1e9));
  }
}
