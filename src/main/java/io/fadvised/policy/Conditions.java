package io.fadvised.policy;

import static io.fadvised.policy.Durations.min;

import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The state of the host that determines the value of an eviction.
 *
 * @param pressed whether memory is scarce: every page that stays displaces one in use
 * @param ioStallShare fraction of the time in which some task waited for I/O, 0 to 1; empty without
 *     PSI
 * @param turnover how long the kernel keeps a file page that is not used again
 * @param upperCacheIsShort whether an upper cache is too small for what is read, so that pages are
 *     read back in any case
 */
public record Conditions(
    boolean pressed, OptionalDouble ioStallShare, Duration turnover, boolean upperCacheIsShort) {
  /** At this level and above memory counts as scarce. */
  public static final double PRESSED_LEVEL = 0.5;

  /** Stands for no reclaim at all. */
  private static final Duration MAX_TURNOVER = Duration.ofMinutes(10);

  /** Assumed before the first sample. */
  public static final Conditions CALM =
      new Conditions(false, OptionalDouble.empty(), MAX_TURNOVER, false);

  /** Returns these conditions under a pressure. */
  public Conditions under(Pressure pressure) {
    return new Conditions(
        pressure.level() >= PRESSED_LEVEL, ioStallShare, turnover, upperCacheIsShort);
  }

  /** Returns these conditions for a device whose lower cache is charged to cgroups, too. */
  public Conditions and(List<Payer> payers) {
    Conditions all = this;
    for (Payer payer : payers) {
      all =
          new Conditions(
              all.pressed || payer.pressure().level() >= PRESSED_LEVEL,
              ioStallShare,
              min(all.turnover, payer.turnover()),
              all.upperCacheIsShort || cachesTwiceAlone(payer, payers));
    }
    return all;
  }

  /** Returns whether the others are only those that include it, such as its pod. */
  private static boolean cachesTwiceAlone(Payer payer, List<Payer> payers) {
    return payer.cachesTwice()
        && payers.stream()
            .allMatch(other -> (payer.cgroup() + "/").startsWith(other.cgroup() + "/"));
  }

  /**
   * Returns the conditions between two samples of the host, without pressure.
   *
   * @param elapsed time between the samples, more than 0
   * @param pageBytes size of a page
   */
  public static Conditions between(
      PressureSample before, PressureSample now, Duration elapsed, int pageBytes) {
    return new Conditions(
        false,
        stallShare(before.ioStall(), now.ioStall(), elapsed),
        turnover(
            now.cache().reclaimedPages() - before.cache().reclaimedPages(),
            now.memory().inactiveFileBytes(),
            elapsed,
            pageBytes),
        false);
  }

  private static OptionalDouble stallShare(
      Optional<Psi> before, Optional<Psi> now, Duration elapsed) {
    if (before.isEmpty() || now.isEmpty()) {
      return OptionalDouble.empty();
    }
    long stalledMicros = Math.max(0, now.get().someMicros() - before.get().someMicros());
    return OptionalDouble.of(Math.min(1, stalledMicros / (elapsed.toNanos() / 1e3)));
  }

  /** Reclaim takes pages from the inactive list (mm/vmscan.c): its length divided by their rate. */
  static Duration turnover(long taken, long inactiveFileBytes, Duration elapsed, int pageBytes) {
    if (taken <= 0) {
      return MAX_TURNOVER;
    }
    double times = (double) inactiveFileBytes / (taken * (double) pageBytes);
    double nanos = Math.min((double) MAX_TURNOVER.toNanos(), times * elapsed.toNanos());
    return Duration.ofNanos((long) nanos);
  }
}
