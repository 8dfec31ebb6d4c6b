package io.fadvised.policy;

import java.time.Duration;

/** Decides what to do with one device that has just been measured, and when to look again. */
public final class SweepPolicy {
  /** One large folio: less is not worth a call while all devices together are within the budget. */
  public static final long WORTH_BYTES = 2L << 20;

  /** Come back a little before the allowance is reached: residency is only known at a look. */
  private static final double EARLY = 0.8;

  private static final int REST_FACTOR = 9;

  private SweepPolicy() {}

  /**
   * A device that has just been measured.
   *
   * @param residentBytes of the backing file
   * @param allowance what it may hold
   * @param fill how fast it fills
   * @param minInterval the soonest that it can be measured again
   * @param saysDirectIo whether the kernel reports direct I/O as on
   * @param idle whether it had no I/O since its last sweep
   */
  public record Measured(
      long residentBytes,
      Allowance allowance,
      FillRate fill,
      Duration minInterval,
      boolean saysDirectIo,
      boolean idle) {}

  /** Evicts what exceeds the allowance, or would exceed it before the next measurement. */
  public static Decision decide(Measured measured) {
    long bytes = measured.residentBytes();
    long allowed = measured.allowance().bytes();
    String words = Bytes.text(bytes) + " resident";
    if (bytes == 0 || bytes < measured.allowance().floorBytes()) {
      return leaveLittle(measured, words);
    }
    String rest =
        ", "
            + Bytes.text(allowed)
            + " allowed"
            + (measured.saysDirectIo() ? ", despite direct I/O" : "");
    if (bytes > allowed) {
      return Decision.evict(words + rest);
    }
    if (bytes + measured.fill().bytesIn(measured.minInterval()) > allowed) {
      return Decision.evict(words + " and filling" + rest);
    }
    return measured.idle()
        ? Decision.leave(Reason.Code.IDLE, "no I/O since the last sweep, " + words + rest)
        : Decision.leave(Reason.Code.WITHIN_ALLOWANCE, words + rest);
  }

  private static Decision leaveLittle(Measured measured, String words) {
    if (measured.saysDirectIo()) {
      return Decision.leave(Reason.Code.DIRECT, "direct I/O is on, " + words);
    }
    if (measured.idle()) {
      return Decision.leave(Reason.Code.IDLE, "no I/O since the last sweep, " + words);
    }
    return Decision.leave(
        Reason.Code.NOTHING_TO_GAIN,
        words + (measured.residentBytes() == 0 ? "" : ", too little to gain"));
  }

  /** Evicts what is left from before direct I/O was switched on: the device reads past it now. */
  public static Decision decideLeftOver(long residentBytes) {
    String resident = Bytes.text(residentBytes) + " resident";
    return residentBytes == 0
        ? Decision.leave(Reason.Code.NOTHING_TO_GAIN, resident)
        : Decision.evict(resident + " from before direct I/O was switched on");
  }

  /**
   * The shortest interval after a look that took its time: at most a tenth of it is spent on
   * measuring one device, whatever the configuration says. Eviction is not counted, it has its own
   * pace.
   */
  public static Duration minInterval(Duration configured, Duration measuring) {
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
  public static Duration doubled(Duration last, Duration longest) {
    Duration doubled = last.multipliedBy(2);
    return doubled.compareTo(longest) > 0 ? longest : doubled;
  }
}
