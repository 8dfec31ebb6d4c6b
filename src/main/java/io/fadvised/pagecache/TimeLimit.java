package io.fadvised.pagecache;

import java.util.function.LongSupplier;

/** A time that has begun to run out. */
final class TimeLimit {
  private final LongSupplier nanoClock;
  private final long startNanos;
  private final long limitNanos;

  /** Begins now. */
  TimeLimit(LongSupplier nanoClock, long limitNanos) {
    this.nanoClock = nanoClock;
    this.limitNanos = limitNanos;
    startNanos = nanoClock.getAsLong();
  }

  /** All of it. */
  long nanos() {
    return limitNanos;
  }

  long spentNanos() {
    return nanoClock.getAsLong() - startNanos;
  }

  /** 0 if it is over. */
  long leftNanos() {
    return Math.max(0, limitNanos - spentNanos());
  }

  boolean isOver() {
    return spentNanos() >= limitNanos;
  }

  /** A limit within this one that begins now. */
  TimeLimit within(long nanos) {
    return new TimeLimit(nanoClock, Math.min(nanos, leftNanos()));
  }
}
