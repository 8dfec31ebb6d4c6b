package io.fadvised.policy;

import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the host is like, as far as it decides what an eviction is worth.
 *
 * @param pressed whether memory is scarce: every page that stays displaces one that someone uses
 * @param ioStallShare part of the time in which some task waited for I/O, 0 to 1; empty without PSI
 * @param turnover how long the kernel keeps a file page that is not used again
 */
public record Conditions(boolean pressed, OptionalDouble ioStallShare, Duration turnover) {
  /** From half of the full pressure on memory counts as scarce. */
  private static final double PRESSED_LEVEL = 0.5;

  /** As long as nothing is reclaimed; longer than anything is remembered here. */
  private static final Duration LONGEST_TURNOVER = Duration.ofMinutes(10);

  /** Before anything is known. */
  public static final Conditions CALM =
      new Conditions(false, OptionalDouble.empty(), LONGEST_TURNOVER);

  /** These conditions under a pressure. */
  public Conditions under(Pressure pressure) {
    return new Conditions(pressure.level() >= PRESSED_LEVEL, ioStallShare, turnover);
  }

  /**
   * The conditions between two looks at the host, without pressure.
   *
   * @param elapsed time between them, more than 0
   * @param pageBytes size of a page
   */
  public static Conditions between(
      PressureSample before, PressureSample now, Duration elapsed, int pageBytes) {
    return new Conditions(
        false,
        stallShare(before.ioStall(), now.ioStall(), elapsed),
        turnover(before, now, elapsed, pageBytes));
  }

  private static OptionalDouble stallShare(
      Optional<Psi> before, Optional<Psi> now, Duration elapsed) {
    if (before.isEmpty() || now.isEmpty()) {
      return OptionalDouble.empty();
    }
    long stalledMicros = Math.max(0, now.get().someMicros() - before.get().someMicros());
    return OptionalDouble.of(Math.min(1, stalledMicros / (elapsed.toNanos() / 1e3)));
  }

  /** Reclaim takes from the inactive list (mm/vmscan.c): its length over what is taken a second. */
  private static Duration turnover(
      PressureSample before, PressureSample now, Duration elapsed, int pageBytes) {
    long taken = now.cache().reclaimedPages() - before.cache().reclaimedPages();
    if (taken <= 0) {
      return LONGEST_TURNOVER;
    }
    double looks = (double) now.memory().inactiveFileBytes() / (taken * (double) pageBytes);
    double nanos = Math.min((double) LONGEST_TURNOVER.toNanos(), looks * elapsed.toNanos());
    return Duration.ofNanos((long) nanos);
  }
}
