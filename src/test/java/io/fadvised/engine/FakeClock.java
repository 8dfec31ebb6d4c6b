package io.fadvised.engine;

import java.time.Duration;
import java.time.Instant;

/** A clock that advances on request only. It starts shortly before the nanoseconds overflow. */
public final class FakeClock implements Clock {
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  private long nanos = START_NANOS;

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  @Override
  public synchronized Instant now() {
    return Instant.parse("2025-01-01T00:00:00Z").plusNanos(nanos - START_NANOS);
  }

  public synchronized void advance(Duration time) {
    nanos += time.toNanos();
  }
}
