package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs that have block devices open, and the loop devices on them, of a whole host. */
public final class DeviceUsers {
  /** Nobody: for a caller that does not ask for uses. */
  static final DeviceUsers NOT_READ = new DeviceUsers(Map.of(), Optional.empty(), List.of());

  private static final int MAX_NAMED = 5;

  private final Map<Long, Set<String>> openers;
  private final Optional<String> unseen;
  private final Map<String, Set<String>> loops = new HashMap<>();

  /**
   * @param openers programs with their pids, by st_rdev
   * @param unseen why there may be more of them; empty if all are known
   * @param devices all loop devices
   */
  DeviceUsers(
      Map<Long, Set<String>> openers, Optional<String> unseen, Collection<LoopDevice> devices) {
    this.openers = openers;
    this.unseen = unseen;
    for (LoopDevice device : devices) {
      loops
          .computeIfAbsent(device.backingPath().text(), path -> new LinkedHashSet<>())
          .add(device.name());
    }
  }

  /** The loop devices alone, for a host whose processes cannot be read. */
  public static DeviceUsers withoutOpeners(Collection<LoopDevice> devices, String reason) {
    return new DeviceUsers(Map.of(), Optional.of(reason), devices);
  }

  /** Returns the programs that have one of these devices open, in words. */
  List<String> openers(Collection<Long> devices) {
    List<String> found =
        devices.stream()
            .flatMap(device -> openers.getOrDefault(device, Set.of()).stream())
            .distinct()
            .toList();
    String rest = found.size() > MAX_NAMED ? (found.size() - MAX_NAMED) + " more programs" : "";
    return Stream.concat(found.stream().limit(MAX_NAMED), Stream.of(rest))
        .filter(words -> !words.isEmpty())
        .map(words -> "open by " + words)
        .collect(Collectors.toList());
  }

  /** Returns the names of the loop devices whose backing file is this device node. */
  Set<String> loopsOn(String node) {
    return loops.getOrDefault(node, Set.of());
  }

  Optional<String> unseen() {
    return unseen;
  }
}
