package io.fadvised.config;

import java.util.Optional;

/**
 * The lower cache that all managed devices together may keep, or those of one container: relaxed
 * without memory pressure, pressed under full pressure. Relaxed is never below pressed. The
 * constructor compares amounts of the same unit; {@link #problem(long)} compares a percentage with
 * bytes on a given host.
 */
public record BudgetAmounts(MemoryAmount relaxed, MemoryAmount pressed) {

  public BudgetAmounts {
    problem("budget", Optional.of(relaxed), Optional.of(pressed))
        .ifPresent(
            message -> {
              throw new IllegalArgumentException(message);
            });
  }

  /** The problem of this budget on a host with that much memory. */
  public Optional<String> problem(long memoryTotalBytes) {
    if (relaxed.bytesOf(memoryTotalBytes) >= pressed.bytesOf(memoryTotalBytes)) {
      return Optional.empty();
    }
    return Optional.of(
        "budget.relaxed %s is below budget.pressed %s on a host with %s of memory"
            .formatted(relaxed, pressed, MemoryAmount.ofBytes(memoryTotalBytes)));
  }

  /**
   * The problem of two amounts on any host; empty if one is missing.
   *
   * @param section of their keys
   */
  static Optional<String> problem(
      String section, Optional<MemoryAmount> relaxed, Optional<MemoryAmount> pressed) {
    return relaxed.flatMap(
        low ->
            pressed
                .filter(high -> belowByUnit(low, high))
                .map(
                    high ->
                        "%s.relaxed %s is below %s.pressed %s"
                            .formatted(section, low, section, high)));
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
