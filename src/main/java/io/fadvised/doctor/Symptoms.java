package io.fadvised.doctor;

import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the host felt while it was watched. What the kernel or the user's rights do not tell is
 * empty.
 *
 * @param ioWaitShare of all processors' time, 0 to 1
 * @param refaultsPerSecond pages of files read again soon after the kernel had to give them up
 * @param scannedPerSecond pages that the kernel looked at to free memory
 * @param memoryStallShare of the time in which some task waited for memory, 0 to 1
 * @param ioStallShare of the time in which some task waited for I/O, 0 to 1
 */
public record Symptoms(
    OptionalDouble ioWaitShare,
    OptionalDouble refaultsPerSecond,
    OptionalDouble scannedPerSecond,
    OptionalDouble memoryStallShare,
    OptionalDouble ioStallShare) {
  /** Thrashing that programs feel: as much as gives fadvised a pressure of a tenth. */
  private static final double MANY_REFAULTS = 100;

  private static final double MUCH_WAITING = 0.1;

  /** Nobody told anything. */
  static final Symptoms UNKNOWN =
      new Symptoms(
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty());

  static Symptoms between(Vitals before, Vitals after, Duration elapsed) {
    double seconds = Math.max(0.001, elapsed.toNanos() / 1e9);
    Optional<PressureSample> first = before.pressure();
    Optional<PressureSample> last = after.pressure();
    boolean both = first.isPresent() && last.isPresent();
    return new Symptoms(
        before.cpu().isPresent() && after.cpu().isPresent()
            ? OptionalDouble.of(after.cpu().get().waitShareSince(before.cpu().get()))
            : OptionalDouble.empty(),
        both
            ? rate(
                first.get().cache().refaultedPages(), last.get().cache().refaultedPages(), seconds)
            : OptionalDouble.empty(),
        both
            ? rate(first.get().cache().scannedPages(), last.get().cache().scannedPages(), seconds)
            : OptionalDouble.empty(),
        both
            ? stall(first.get().memoryStall(), last.get().memoryStall(), seconds)
            : OptionalDouble.empty(),
        both
            ? stall(first.get().ioStall(), last.get().ioStall(), seconds)
            : OptionalDouble.empty());
  }

  /** Whether that can be told at all. */
  boolean isKnown() {
    return refaultsPerSecond.isPresent() || memoryStallShare.isPresent();
  }

  /** Whether the page cache thrashes, or much time is spent waiting. */
  public boolean isSuffering() {
    return refaultsPerSecond.orElse(0) >= MANY_REFAULTS
        || memoryStallShare.orElse(0) >= MUCH_WAITING;
  }

  private static OptionalDouble rate(long before, long after, double seconds) {
    return OptionalDouble.of(Math.max(0, after - before) / seconds);
  }

  private static OptionalDouble stall(Optional<Psi> before, Optional<Psi> after, double seconds) {
    return before.isPresent() && after.isPresent()
        ? OptionalDouble.of(
            Math.max(0, after.get().someMicros() - before.get().someMicros()) / (seconds * 1e6))
        : OptionalDouble.empty();
  }
}
