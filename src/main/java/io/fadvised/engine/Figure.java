package io.fadvised.engine;

import io.fadvised.loop.IoCounters;
import io.fadvised.pagecache.Residency;
import java.time.Instant;
import java.util.Optional;

/**
 * The residency of a device as last measured, by a sweep or between two for a report.
 *
 * @param at the time of the measurement; empty if there is no residency
 * @param atNanos the same time by the engine's clock, also of a measurement that failed
 * @param io the I/O counters from before: later I/O makes the figure outdated
 */
record Figure(
    Optional<Residency> residency, Optional<Instant> at, long atNanos, Optional<IoCounters> io) {
  static final Figure NONE = new Figure(Optional.empty(), Optional.empty(), 0, Optional.empty());

  static Figure of(Optional<Residency> measured, Instant at, long nowNanos, IoCounters io) {
    return new Figure(measured, measured.map(same -> at), nowNanos, Optional.of(io));
  }

  /** Returns the figure without the residency, which is unknown now or counted elsewhere. */
  Figure forgotten() {
    return new Figure(Optional.empty(), Optional.empty(), atNanos, io);
  }

  /** Returns the figure for counters that are counted anew: it is outdated. */
  Figure recounted() {
    return new Figure(residency, at, atNanos, Optional.empty());
  }

  boolean isPresent() {
    return residency.isPresent();
  }

  long residentBytes() {
    return residency.isPresent() ? residency.get().residentBytes() : 0; // not boxed
  }

  /**
   * Returns whether there is a figure, and it may be wrong by now because of I/O.
   *
   * @param sinceNanos a figure from this time on is current even if I/O is not counted
   */
  boolean isOutdated(DeviceIo now, long sinceNanos) {
    return isPresent()
        && (now.counted()
            ? io.isEmpty() || !io.get().equals(now.now())
            : isMeasuredBefore(sinceNanos));
  }

  boolean isMeasuredBefore(long nanos) {
    return atNanos - nanos < 0;
  }

  /** Returns whether pages were dirty, or waiting to be written. */
  boolean isBeingWritten() {
    return isPresent()
        && residency.get().dirtyBytes().orElse(0) + residency.get().writebackBytes().orElse(0) > 0;
  }
}
