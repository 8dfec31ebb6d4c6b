package io.fadvised.config;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * All settings. The constructor rejects overrides that contradict the interval.
 *
 * @param containerBudget of a container at its limit: percentages are those of the limit
 */
public record Settings(
    Interval interval,
    BudgetAmounts budget,
    BudgetAmounts containerBudget,
    Devices devices,
    boolean dryRun,
    DirectIoMode directIo,
    LogLevel logLevel,
    MetricsOutput metrics) {
  public Settings {
    for (DeviceOverride override : devices.overrides()) {
      Optional<String> problem =
          DeviceOverride.intervalProblem(override.intervalMin(), override.intervalMax(), interval);
      if (problem.isPresent()) {
        throw new IllegalArgumentException("\"" + override.match() + "\": " + problem.get());
      }
    }
  }

  /**
   * Returns the settings of one device. The first matching override that has a key decides it. If
   * the interval bounds of two overrides cross, the bound of the first one wins.
   */
  public DevicePolicy forDevice(String deviceName, Collection<String> names) {
    var policy = new DevicePolicy(interval, Optional.empty(), Optional.empty(), dryRun);
    List<DeviceOverride> overrides = devices.overrides();
    for (int i = overrides.size() - 1; i >= 0; i--) {
      if (Devices.matches(overrides.get(i).match(), deviceName, names)) {
        policy = policy.with(overrides.get(i));
      }
    }
    return policy;
  }
}
