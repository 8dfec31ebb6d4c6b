package io.fadvised.policy;

import java.time.Duration;

/** Decides what to do with one device that has just been measured, and when to look again. */
public final class SweepPolicy {
  /** Less than one large folio is not worth a call. */
  public static final long LEAST_WORTH_BYTES = 2L << 20;

  /** Come back a little before the allowance is reached: residency is only known at a look. */
  private static final double EARLY = 0.8;

  private static final int REST_FACTOR = 9;

  private SweepPolicy() {}

  /**
   * What has just been measured.
   *
   * @param residentBytes of the backing file
   * @param allowanceBytes what this device may hold
   * @param fill how fast it fills
   * @param shortestInterval the soonest that it will be looked at again
   * @param saysDirectIo whether the kernel says that direct I/O is on
   */
  public record Measured(
      long residentBytes,
      long allowanceBytes,
      FillRate fill,
      Duration shortestInterval,
      boolean saysDirectIo) {}

  /** Evicts what is over the allowance, or would be before it could be looked at again. */
  public static Decision decide(Measured measured) {
    String resident = Bytes.text(measured.residentBytes());
    String allowed = Bytes.text(measured.allowanceBytes());
    if (measured.residentBytes() < LEAST_WORTH_BYTES) {
      return measured.saysDirectIo()
          ? Decision.leave(
              Reason.Code.DIRECT, "direct I/O is on, and next to nothing is cached below")
          : Decision.leave(Reason.Code.NOTHING_TO_GAIN, resident + " resident, too little to gain");
    }
    String despite = measured.saysDirectIo() ? ", although direct I/O is on" : "";
    if (measured.residentBytes() > measured.allowanceBytes()) {
      return Decision.evict(resident + " resident, " + allowed + " allowed" + despite);
    }
    long soon = measured.residentBytes() + measured.fill().bytesIn(measured.shortestInterval());
    if (soon > measured.allowanceBytes()) {
      return Decision.evict(
          resident + " resident and filling, over " + allowed + " before the next look" + despite);
    }
    return Decision.leave(
        Reason.Code.WITHIN_ALLOWANCE, resident + " resident, " + allowed + " allowed" + despite);
  }

  /** Evicts what is left from before direct I/O was switched on: the device reads past it now. */
  public static Decision decideLeftOver(long residentBytes) {
    String resident = Bytes.text(residentBytes);
    return residentBytes < LEAST_WORTH_BYTES
        ? Decision.leave(Reason.Code.NOTHING_TO_GAIN, resident + " resident, too little to gain")
        : Decision.evict(resident + " resident, left over from before direct I/O was switched on");
  }

  /**
   * The shortest interval after a look that took its time: at most a tenth of it is spent on
   * measuring one device, whatever the configuration says. Eviction is not counted, it has its own
   * pace.
   */
  public static Duration shortestInterval(Duration configured, Duration measuring) {
    Duration rest = measuring.multipliedBy(REST_FACTOR);
    return rest.compareTo(configured) > 0 ? rest : configured;
  }

  /**
   * The interval until the next look: the time until the allowance is reached.
   *
   * @param residentBytes what is resident after this look
   * @param shortest the interval's lower bound
   * @param longest its upper bound
   */
  public static Duration interval(
      long residentBytes, long allowanceBytes, FillRate fill, Duration shortest, Duration longest) {
    if (fill.bytesPerSecond() == 0 || shortest.compareTo(longest) > 0) {
      return shortest.compareTo(longest) > 0 ? shortest : longest;
    }
    double headroom = Math.max(0, allowanceBytes - residentBytes);
    double seconds = EARLY * headroom / fill.bytesPerSecond();
    if (seconds >= longest.toMillis() / 1e3) {
      return longest;
    }
    Duration toFill = Duration.ofMillis((long) (seconds * 1e3));
    return toFill.compareTo(shortest) < 0 ? shortest : toFill;
  }

  /**
   * The interval after an eviction that moved next to nothing (pages mapped or in use): doubled.
   * Trying again as often would cost much and change nothing.
   */
  public static Duration backOff(Duration last, Duration longest) {
    Duration doubled = last.multipliedBy(2);
    return doubled.compareTo(longest) > 0 ? longest : doubled;
  }
}
