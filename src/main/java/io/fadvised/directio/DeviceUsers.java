package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The uses of block devices that only reading the whole host shows: programs that have them open,
 * exports by the kernel, mounts in other namespaces, loop devices on them, and files on their
 * mounts that the kernel uses.
 */
public final class DeviceUsers {
  /** Nobody: for a caller that does not ask for uses. */
  static final DeviceUsers NOT_READ =
      new DeviceUsers(Map.of(), Map.of(), List.of(), Optional.empty(), List.of());

  private static final int MAX_NAMED = 5;

  private final Map<Long, Set<String>> openers;
  private final Map<String, Set<String>> mounts;
  private final List<KernelUse> files;
  private final Optional<String> unseen;

  /** The uses of backing files, by the names of their devices. */
  private final Map<String, KernelUse> backing = new LinkedHashMap<>();

  private final Map<String, Set<String>> loops = new HashMap<>();

  /**
   * @param openers what uses a device without a mount, in words, by st_rdev
   * @param mounts of {@link ForeignMounts}
   * @param files that the kernel uses, apart from backing files
   * @param unseen why there may be more of them; empty if all are known
   * @param devices all loop devices
   */
  DeviceUsers(
      Map<Long, Set<String>> openers,
      Map<String, Set<String>> mounts,
      List<KernelUse> files,
      Optional<String> unseen,
      Collection<LoopDevice> devices) {
    this.openers = openers;
    this.mounts = mounts;
    this.files = List.copyOf(files);
    this.unseen = unseen;
    for (LoopDevice device : devices) {
      loops
          .computeIfAbsent(device.backingPath().text(), path -> new LinkedHashSet<>())
          .add(device.name());
      backing.put(device.name(), KernelUse.of(device));
    }
  }

  /** The loop devices alone, for a host whose processes cannot be read. */
  public static DeviceUsers withoutOpeners(Collection<LoopDevice> devices, String reason) {
    return new DeviceUsers(Map.of(), Map.of(), List.of(), Optional.of(reason), devices);
  }

  /** Returns what uses one of these devices without a mount, such as "open by qemu (pid 812)". */
  List<String> openers(Collection<Long> devices) {
    return shortened(
        devices.stream()
            .flatMap(device -> openers.getOrDefault(device, Set.of()).stream())
            .distinct()
            .toList());
  }

  /**
   * Returns the mounts in other mount namespaces, in words.
   *
   * @param devices each as {@code major:minor} or a node
   */
  List<String> mounts(Collection<String> devices) {
    return shortened(
        devices.stream()
            .flatMap(device -> mounts.getOrDefault(device, Set.of()).stream())
            .distinct()
            .toList());
  }

  /**
   * Returns what the kernel uses files on the mounts of a device for, in words.
   *
   * @param device its name: a mount can hide the directory of its own backing file
   * @param points its mount points, bytes, one per char
   */
  List<String> files(String device, List<String> points) {
    if (points.isEmpty()) {
      return List.of();
    }
    Stream<KernelUse> others =
        backing.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(device))
            .map(Map.Entry::getValue);
    return shortened(
        Stream.concat(files.stream(), others)
            .filter(use -> points.stream().anyMatch(use::isOn))
            .map(KernelUse::words)
            .toList());
  }

  static List<String> shortened(List<String> uses) {
    return uses.size() <= MAX_NAMED
        ? uses
        : Stream.concat(
                uses.stream().limit(MAX_NAMED), Stream.of(uses.size() - MAX_NAMED + " more"))
            .toList();
  }

  /** Returns the names of the loop devices whose backing file is this device node. */
  Set<String> loopsOn(String node) {
    return loops.getOrDefault(node, Set.of());
  }

  Optional<String> unseen() {
    return unseen;
  }
}
