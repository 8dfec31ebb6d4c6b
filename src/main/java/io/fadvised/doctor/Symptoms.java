package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Explained;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The pressure of a host between two readings. Values that the kernel does not report, or not to
 * this user, are empty.
 *
 * @param pressure 0 to 1, by the daemon's rule: what limited cgroups explain is left out
 * @param pressureReason its strongest source, in words
 * @param ioWaitShare share of all processors' time, 0 to 1
 * @param refaultsPerSecond pages of files that were read again soon after the kernel reclaimed them
 * @param scannedPerSecond pages that the kernel scanned to free memory
 * @param memoryStallShare share of the time in which some task waited for memory, 0 to 1
 * @param ioStallShare share of the time in which some task waited for I/O, 0 to 1
 * @param availableBytes memory that programs can get without swapping, at the second reading
 */
@Json
public record Symptoms(
    OptionalDouble pressure,
    Optional<String> pressureReason,
    OptionalDouble ioWaitShare,
    OptionalDouble refaultsPerSecond,
    OptionalDouble scannedPerSecond,
    OptionalDouble memoryStallShare,
    OptionalDouble ioStallShare,
    OptionalLong availableBytes) {
  /** No value is known. */
  public static final Symptoms UNKNOWN =
      new Symptoms(
          OptionalDouble.empty(),
          Optional.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalLong.empty());

  /**
   * Compares two readings.
   *
   * @param elapsed the time between them, more than 0
   * @param explained refaults and stalls of cgroups at their own limits
   */
  static Symptoms between(
      Vitals before, Vitals after, Duration elapsed, int pageBytes, Explained explained) {
    double seconds = Math.max(0.001, elapsed.toNanos() / 1e9);
    Optional<PressureSample> first = before.pressure();
    Optional<PressureSample> last = after.pressure();
    boolean both = first.isPresent() && last.isPresent();
    Optional<Pressure> pressure =
        both
            ? Optional.of(
                PressureGauge.between(
                    first.get(), last.get(), elapsed, elapsed, pageBytes, explained))
            : Optional.empty();
    return new Symptoms(
        pressure.stream().mapToDouble(Pressure::level).findFirst(),
        pressure.map(Pressure::words),
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
        both ? stall(first.get().ioStall(), last.get().ioStall(), seconds) : OptionalDouble.empty(),
        last.stream().mapToLong(sample -> sample.memory().availableBytes()).findFirst());
  }

  /** Returns whether memory is as scarce as the daemon calls pressed. */
  public boolean isSuffering() {
    return pressure.orElse(0) >= Conditions.PRESSED_LEVEL;
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
