package io.fadvised.metrics;

import com.codahale.metrics.SlidingWindowReservoir;
import com.codahale.metrics.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** A timer that also adds up the durations, as a Prometheus summary does. */
public final class SummedTimer extends Timer {
  /**
   * Number of calls that percentiles cover: 1 KiB for each timer, allocated once. The default
   * reservoir keeps 1028 in a tree of about 100 KiB and creates garbage at each update.
   */
  private static final int WINDOW = 128;

  private final LongAdder sumNanos = new LongAdder();

  SummedTimer() {
    super(new SlidingWindowReservoir(WINDOW));
  }

  @Override
  public void update(long duration, TimeUnit unit) {
    super.update(duration, unit);
    sumNanos.add(unit.toNanos(duration));
  }

  @Override
  public void update(Duration duration) {
    update(duration.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns the sum of all durations in nanoseconds. */
  public long sumNanos() {
    return sumNanos.sum();
  }
}
