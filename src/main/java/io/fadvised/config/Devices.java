package io.fadvised.config;

import java.util.List;
import java.util.Optional;

/** Selects the loop devices that are managed, and those with settings of their own. */
public record Devices(List<Glob> include, List<Glob> exclude, List<DeviceOverride> overrides) {

  public Devices {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    overrides = List.copyOf(overrides);
  }

  /** An exclude pattern wins over every include pattern. */
  public DeviceSelection selection(String deviceName, String backingPath) {
    Optional<Glob> excluding = firstMatch(exclude, deviceName, backingPath);
    if (excluding.isPresent()) {
      return new DeviceSelection(false, "excluded by \"" + excluding.get() + "\"");
    }
    return firstMatch(include, deviceName, backingPath)
        .map(glob -> new DeviceSelection(true, "included by \"" + glob + "\""))
        .orElse(new DeviceSelection(false, "matches no pattern of devices.include"));
  }

  private static Optional<Glob> firstMatch(
      List<Glob> globs, String deviceName, String backingPath) {
    return globs.stream().filter(glob -> glob.matches(deviceName, backingPath)).findFirst();
  }
}
