package io.fadvised.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Optional;

/**
 * Adds up what eviction was good for.
 *
 * <p>Memory given back is what was seen to leave and has not come back. The kernel would have
 * dropped some of that by itself, and nobody can tell how much: therefore it counts for no more
 * than the memory that is available, where all of it could still be. That makes it an upper bound.
 * Owned by the engine's thread.
 */
final class BenefitMeter {
  private static final double NANOS_PER_SECOND = 1e9;

  private final ZoneId zone;
  private LocalDate day;
  private Benefit total = Benefit.NONE;
  private Benefit atDayBreak = Benefit.NONE;
  private Optional<Benefit> yesterday = Optional.empty();
  private long givenBackBytes;
  private long countedAtNanos;

  /**
   * @param zone in which days begin at midnight
   */
  BenefitMeter(ZoneId zone, Instant now, long nowNanos) {
    this.zone = zone;
    day = LocalDate.ofInstant(now, zone);
    countedAtNanos = nowNanos;
  }

  /**
   * Counts the time since the last call.
   *
   * @param outBytes seen to leave and not come back, over all devices
   * @param availableBytes of memory
   * @param totals what was done so far
   * @param callTime spent inside advice so far
   */
  void count(
      long outBytes,
      long availableBytes,
      DeviceTotals totals,
      Duration callTime,
      Instant now,
      long nowNanos) {
    double seconds = (nowNanos - countedAtNanos) / NANOS_PER_SECOND;
    countedAtNanos = nowNanos;
    total =
        new Benefit(
            total.byteSeconds() + givenBackBytes * seconds, // as it was meanwhile
            totals.releasedBytes(),
            totals.returnedBytes(),
            totals.adviceCalls(),
            callTime);
    givenBackBytes = Math.min(outBytes, availableBytes);
    beginDay(LocalDate.ofInstant(now, zone));
  }

  private void beginDay(LocalDate today) {
    if (!today.equals(day)) {
      yesterday = Optional.of(total.since(atDayBreak));
      atDayBreak = total;
      day = today;
    }
  }

  Benefits benefits() {
    return new Benefits(givenBackBytes, total, day, total.since(atDayBreak), yesterday);
  }
}
