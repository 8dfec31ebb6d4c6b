package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The pressure of a host between two readings. Values that the kernel does not report, or not to
 * this user, are empty.
 *
 * @param ioWaitShare share of all processors' time, 0 to 1
 * @param refaultsPerSecond pages of files that were read again soon after the kernel reclaimed them
 * @param scannedPerSecond pages that the kernel scanned to free memory
 * @param memoryStallShare share of the time in which some task waited for memory, 0 to 1
 * @param ioStallShare share of the time in which some task waited for I/O, 0 to 1
 */
@Json
public record Symptoms(
    OptionalDouble ioWaitShare,
    OptionalDouble refaultsPerSecond,
    OptionalDouble scannedPerSecond,
    OptionalDouble memoryStallShare,
    OptionalDouble ioStallShare) {
  /** Refaults that slow programs down; fadvised rates this many as a pressure of 0.1. */
  private static final double MIN_REFAULTS_PER_SECOND = 100;

  private static final double MIN_STALL_SHARE = 0.1;

  /** No value is known. */
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

  /** Returns whether {@link #isSuffering} has any data. */
  boolean isKnown() {
    return refaultsPerSecond.isPresent() || memoryStallShare.isPresent();
  }

  /** Returns whether the page cache thrashes or tasks often wait for memory. */
  public boolean isSuffering() {
    return refaultsPerSecond.orElse(0) >= MIN_REFAULTS_PER_SECOND
        || memoryStallShare.orElse(0) >= MIN_STALL_SHARE;
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
