package io.fadvised.config;

import java.util.Optional;

/**
 * How much of all managed backing files together may stay resident, without memory pressure and
 * under full pressure.
 *
 * <p>Relaxed is never below pressed. Amounts of the same unit are compared at construction; a
 * percentage and a number of bytes can only be compared on a host, by {@link #problem}.
 */
public record Budget(MemoryAmount relaxed, MemoryAmount pressed) {

  public Budget {
    problem(Optional.of(relaxed), Optional.of(pressed))
        .ifPresent(
            message -> {
              throw new IllegalArgumentException(message);
            });
  }

  /** What is wrong with this budget on a host with that much memory, if anything is. */
  public Optional<String> problem(long memoryTotalBytes) {
    if (relaxed.bytesOf(memoryTotalBytes) >= pressed.bytesOf(memoryTotalBytes)) {
      return Optional.empty();
    }
    return Optional.of(
        "budget.relaxed %s is below budget.pressed %s on a host with %s of memory"
            .formatted(relaxed, pressed, MemoryAmount.ofBytes(memoryTotalBytes)));
  }

  /** What is wrong with two amounts whatever the host, if both are given and anything is. */
  static Optional<String> problem(Optional<MemoryAmount> relaxed, Optional<MemoryAmount> pressed) {
    return relaxed.flatMap(
        low ->
            pressed
                .filter(high -> belowByUnit(low, high))
                .map(high -> "budget.relaxed %s is below budget.pressed %s".formatted(low, high)));
  }

  private static boolean belowByUnit(MemoryAmount relaxed, MemoryAmount pressed) {
    if (relaxed instanceof MemoryAmount.Bytes low && pressed instanceof MemoryAmount.Bytes high) {
      return low.bytes() < high.bytes();
    }
    return relaxed instanceof MemoryAmount.Percent low
        && pressed instanceof MemoryAmount.Percent high
        && low.percent() < high.percent();
  }
}
