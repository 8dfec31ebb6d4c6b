package io.fadvised.policy;

import java.time.Duration;

/** Decides whether a device that was just measured is evicted, and when it is measured next. */
public final class SweepPolicy {
  /** One large folio: less is not worth a call while all devices together are within the budget. */
  public static final long WORTH_BYTES = 2L << 20;

  /** Fraction of the time to the allowance: residency is known only when it is measured. */
  private static final double EARLY = 0.8;

  private static final int REST_FACTOR = 9;

  /** Until the next sweep the lower cache fills, whose part of a smaller memory is larger. */
  private static final double MEMORY_OF_CONFIGURED_INTERVAL = 2L << 30;

  /** The devices of all containers together are swept ten times a second before it is longer. */
  private static final Duration MIN_CONTAINER_INTERVAL = Duration.ofMillis(100);

  private SweepPolicy() {}

  /**
   * A device that has just been measured.
   *
   * @param residentBytes of the backing file
   * @param minInterval the minimum time until it can be measured again
   * @param reportsDirectIo whether the kernel reports direct I/O as on
   * @param idle whether it had no I/O since its last sweep
   */
  public record Measured(
      long residentBytes,
      Allowance allowance,
      FillRate fill,
      Duration minInterval,
      boolean reportsDirectIo,
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
            + originText(measured.allowance())
            + (measured.reportsDirectIo() ? ", despite direct I/O" : "");
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

  private static String originText(Allowance allowance) {
    return allowance.origin().isEmpty() ? "" : ": " + allowance.origin();
  }

  private static Decision leaveLittle(Measured measured, String words) {
    if (measured.reportsDirectIo()) {
      return Decision.leave(Reason.Code.DIRECT, "direct I/O is on, " + words);
    }
    if (measured.idle()) {
      return Decision.leave(Reason.Code.IDLE, "no I/O since the last sweep, " + words);
    }
    return Decision.leave(
        Reason.Code.NOTHING_TO_GAIN,
        words + (measured.residentBytes() == 0 ? "" : ", too little to gain"));
  }

  /**
   * Leaves the lower cache of a compressed image while memory is ample. It is no second copy: the
   * disk reads the image again once files leave the upper cache.
   */
  public static Decision decideCompressed(long residentBytes) {
    return Decision.leave(
        Reason.Code.COMPRESSED,
        Bytes.text(residentBytes) + " resident, compressed: left until memory is short");
  }

  /** Evicts pages from before direct I/O was switched on: the device no longer uses them. */
  public static Decision decideLeftOver(long residentBytes) {
    String resident = Bytes.text(residentBytes) + " resident";
    return residentBytes == 0
        ? Decision.leave(Reason.Code.NOTHING_TO_GAIN, resident)
        : Decision.evict(resident + " from before direct I/O was switched on");
  }

  /** Evicts dirty pages, which starts writing them, so that direct I/O can be switched on. */
  public static Decision decideUnwritten(long residentBytes) {
    return Decision.evict(
        Bytes.text(residentBytes) + " resident, to be written before direct I/O is switched on");
  }

  /**
   * Returns the minimum interval after a measurement: measuring one device takes at most a tenth of
   * the time, whatever is configured. Evictions are not counted; the {@link Pacer} limits them.
   */
  public static Duration minInterval(Duration configured, Duration measuring) {
    Duration rest = measuring.multipliedBy(REST_FACTOR);
    return Durations.max(configured, rest);
  }

  /**
   * Returns the minimum interval of a device whose allowance a container's limit decides. With a
   * limit of 256 MiB and a set of 320 MiB, each request read 1.4 to 1.6 times as much from the disk
   * as with direct I/O at an interval of 500 ms, and 1.1 to 1.2 times at 100 ms (6.18).
   *
   * @param configured for a host
   * @param devices number of devices of such containers
   */
  public static Duration containerInterval(Duration configured, long limitBytes, int devices) {
    double part = Math.min(1, limitBytes / MEMORY_OF_CONFIGURED_INTERVAL);
    Duration scaled = Duration.ofNanos((long) (part * configured.toNanos()));
    Duration bound = MIN_CONTAINER_INTERVAL.multipliedBy(devices);
    return Durations.min(configured, Durations.max(scaled, bound));
  }

  /**
   * Returns the interval until the next measurement: 80 % of the time until the allowance is
   * reached.
   *
   * @param residentBytes resident now
   * @param min the interval's lower bound
   * @param max its upper bound
   */
  public static Duration interval(
      long residentBytes, long allowanceBytes, FillRate fill, Duration min, Duration max) {
    if (fill.bytesPerSecond() == 0 || min.compareTo(max) > 0) {
      return Durations.max(min, max);
    }
    double headroom = Math.max(0, allowanceBytes - residentBytes);
    double seconds = EARLY * headroom / fill.bytesPerSecond();
    if (seconds >= max.toMillis() / 1e3) {
      return max;
    }
    Duration toFill = Duration.ofMillis((long) (seconds * 1e3));
    return Durations.max(min, toFill);
  }

  /**
   * Returns the interval after an eviction that released almost nothing (pages mapped or in use).
   */
  public static Duration doubled(Duration last, Duration max) {
    Duration doubled = last.multipliedBy(2);
    return Durations.min(doubled, max);
  }
}
