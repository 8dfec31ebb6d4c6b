package io.fadvised.config;

import java.util.List;
import java.util.Optional;

/** Everything an operator can decide, valid as a whole. */
public record Settings(
    Interval interval,
    Budget budget,
    Devices devices,
    boolean dryRun,
    DirectIoMode directIo,
    LogLevel logLevel) {
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
   * The settings for one device. Of the overrides that match, the first that has a key decides that
   * key. If the bounds of the interval come from two overrides and cross, the bound of the first
   * override stays and the other one follows it.
   */
  public DevicePolicy forDevice(String deviceName, String backingPath) {
    var policy = new DevicePolicy(interval, Optional.empty(), Optional.empty(), dryRun);
    List<DeviceOverride> overrides = devices.overrides();
    for (int i = overrides.size() - 1; i >= 0; i--) {
      if (overrides.get(i).match().matches(deviceName, backingPath)) {
        policy = policy.with(overrides.get(i));
      }
    }
    return policy;
  }
}
