package io.fadvised;

import io.fadvised.engine.Clock;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import java.time.Duration;

/**
 * Runs a full collection every ten minutes. The serial collector leaves old garbage, such as
 * detached devices and reports, until the maximum heap is full. With devices that come and go the
 * daemon grew by 6 MiB in 45 minutes. A collection took 9 ms with 3 MiB alive; with fifty devices 5
 * MiB are alive.
 */
final class OldGarbage implements EngineListener {
  static final Duration INTERVAL = Duration.ofMinutes(10);

  private final Clock clock;
  private final Runnable collector;
  private long collectedAtNanos;

  /**
   * @param collector runs a full collection
   */
  OldGarbage(Clock clock, Runnable collector) {
    this.clock = clock;
    this.collector = collector;
    collectedAtNanos = clock.nanos();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    if (clock.nanos() - collectedAtNanos >= INTERVAL.toNanos()) {
      collector.run();
      collectedAtNanos = clock.nanos();
    }
  }
}
