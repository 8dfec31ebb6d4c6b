package io.fadvised.config;

import io.fadvised.config.DeviceSelection.Verdict;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Selects the loop devices that are managed, and those with settings of their own. */
public record Devices(List<Glob> include, List<Glob> exclude, List<DeviceOverride> overrides) {

  public Devices {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    overrides = List.copyOf(overrides);
  }

  /**
   * Applies the patterns. An exclude pattern wins over every include pattern.
   *
   * @param names of the backing file; one that matches is enough
   */
  public DeviceSelection selection(String deviceName, Collection<String> names) {
    Optional<Glob> excluding = firstMatch(exclude, deviceName, names);
    if (excluding.isPresent()) {
      return new DeviceSelection(Verdict.EXCLUDED, "excluded by \"" + excluding.get() + "\"");
    }
    return firstMatch(include, deviceName, names)
        .map(glob -> new DeviceSelection(Verdict.INCLUDED, "included by \"" + glob + "\""))
        .orElse(new DeviceSelection(Verdict.UNMATCHED, "matches no pattern of devices.include"));
  }

  /** Reports whether a device that no pattern matches may match by another name of its file. */
  public boolean includesPaths() {
    return include.stream().anyMatch(glob -> glob.toString().contains("/"));
  }

  private static Optional<Glob> firstMatch(
      List<Glob> globs, String deviceName, Collection<String> names) {
    return globs.stream().filter(glob -> matches(glob, deviceName, names)).findFirst();
  }

  static boolean matches(Glob glob, String deviceName, Collection<String> names) {
    return names.stream().anyMatch(name -> glob.matches(deviceName, name));
  }
}
