package io.fadvised.engine;

import java.time.Duration;

/** A task that takes at most a thousandth of the time. Owned by one thread. */
final class RareTask {
  private static final int REST_FACTOR = 999;

  private final Clock clock;
  private final Duration minRest;
  private final UsualCost cost = new UsualCost();
  private long nextAtNanos;

  /** Makes a task that is due at once. */
  RareTask(Clock clock, Duration minRest) {
    this.clock = clock;
    this.minRest = minRest;
    nextAtNanos = clock.nanos();
  }

  boolean isDue() {
    return clock.nanos() - nextAtNanos >= 0;
  }

  void run(Runnable task) {
    long from = clock.nanos();
    task.run();
    long now = clock.nanos();
    cost.add(now - from);
    nextAtNanos = now + Math.max(minRest.toNanos(), REST_FACTOR * cost.nanos());
  }
}
