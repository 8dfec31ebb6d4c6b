package io.fadvised.engine;

import io.fadvised.policy.WorkBudget;
import java.time.Duration;

/** A {@link WorkBudget} that goes with the clock. Owned by the engine's thread. */
final class TimeAccount {
  private WorkBudget budget = new WorkBudget(Duration.ZERO);
  private long atNanos;

  /** To begin with, what is earned in a second. */
  TimeAccount(long nowNanos) {
    atNanos = nowNanos - Duration.ofSeconds(1).toNanos();
  }

  /** What may be spent now, after what was earned since the last time. */
  Duration left(long nowNanos, Duration perSecond, Duration most) {
    budget = budget.earn(Duration.ofNanos(nowNanos - atNanos), perSecond, most);
    atNanos = nowNanos;
    return budget.saved();
  }

  void spend(Duration spent, Duration most) {
    budget = budget.spend(spent, most);
  }

  /** How long until so much may be spent, as of the last time. */
  Duration until(Duration wanted, Duration perSecond) {
    return budget.until(wanted, perSecond);
  }
}
