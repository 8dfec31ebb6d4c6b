package io.fadvised.config;

import java.time.Duration;
import java.util.Optional;

/** Settings of the devices that match; an empty value inherits. */
public record DeviceOverride(
    Glob match,
    Optional<Duration> intervalMin,
    Optional<Duration> intervalMax,
    Optional<MemoryAmount> budgetRelaxed,
    Optional<MemoryAmount> budgetPressed,
    Optional<Boolean> dryRun) {

  public DeviceOverride {
    intervalMin.ifPresent(min -> Interval.MIN_RANGE.require("interval.min", min));
    intervalMax.ifPresent(max -> Interval.MAX_RANGE.require("interval.max", max));
    reject(intervalProblem(intervalMin, intervalMax, Interval.WIDEST));
    reject(BudgetAmounts.problem("budget", budgetRelaxed, budgetPressed));
  }

  /** The problem of the bounds of an override, laid over the inherited interval. */
  static Optional<String> intervalProblem(
      Optional<Duration> overrideMin, Optional<Duration> overrideMax, Interval inherited) {
    Duration min = overrideMin.orElse(inherited.min());
    Duration max = overrideMax.orElse(inherited.max());
    if (min.compareTo(max) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "%sinterval.min %s exceeds %sinterval.max %s"
            .formatted(
                overrideMin.isPresent() ? "" : "the inherited ",
                DurationText.of(min),
                overrideMax.isPresent() ? "" : "the inherited ",
                DurationText.of(max)));
  }

  private static void reject(Optional<String> problem) {
    problem.ifPresent(
        message -> {
          throw new IllegalArgumentException(message);
        });
  }
}
