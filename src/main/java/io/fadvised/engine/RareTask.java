package io.fadvised.engine;

import java.time.Duration;

/**
 * A task that takes at most a thousandth of the time. One that was not needed for a while may run
 * several times in a row. Owned by one thread.
 */
final class RareTask {
  private static final int REST_FACTOR = 999;

  /** The time whose thousandth is saved at most. */
  private static final long MAX_SAVED_NANOS = Duration.ofMinutes(1).toNanos();

  private final Clock clock;
  private final Duration minRest;
  private final UsualCost cost = new UsualCost();
  private long nextAtNanos;

  /** The time from which a thousandth is not used up. */
  private long unusedFromNanos;

  /** Makes a task that is due at once. */
  RareTask(Clock clock, Duration minRest) {
    this.clock = clock;
    this.minRest = minRest;
    nextAtNanos = clock.nanos();
    unusedFromNanos = nextAtNanos - MAX_SAVED_NANOS;
  }

  boolean isDue() {
    return clock.nanos() - nextAtNanos >= 0;
  }

  void run(Runnable task) {
    long from = clock.nanos();
    task.run();
    long now = clock.nanos();
    cost.add(now - from);
    long unused = Math.min(MAX_SAVED_NANOS, now - unusedFromNanos) - REST_FACTOR * cost.nanos();
    unusedFromNanos = now - unused;
    nextAtNanos = now + Math.max(minRest.toNanos(), -unused);
  }
}
