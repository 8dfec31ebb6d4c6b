package io.fadvised.directio;

import io.fadvised.loop.MountTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Options for mount(8) that mount a filesystem again as it is mounted now. The mount table shows
 * some that no mount accepts, and leaves others out because they once were the default.
 */
final class MountOptions {
  /** Shown by the kernel, and unknown to mount(8) or to the filesystem. */
  private static final Set<String> NO_OPTIONS =
      Set.of("rw", "ro", "seclabel", "shutdown", "emergency_ro");

  private static final String SHARED = "shared";
  private static final String PRIVATE = "private";
  private static final String UNBINDABLE = "unbindable";

  private MountOptions() {}

  /**
   * Returns the options for a mount.
   *
   * @param parent the mount that it is mounted on; empty if it is not known
   */
  static String of(MountTable.Mount mount, Optional<MountTable.Mount> parent) {
    List<String> own = List.of(mount.options().split(",", -1));
    List<String> common = List.of(mount.filesystemOptions().split(",", -1));
    boolean isBtrfs = mount.filesystem().equals("btrfs");
    Set<String> options = new LinkedHashSet<>();
    options.add(own.contains("ro") || common.contains("ro") ? "ro" : "rw");
    Stream.concat(own.stream(), common.stream())
        .filter(option -> isOption(mount.filesystem(), option))
        .flatMap(option -> isBtrfs ? separated(option).stream() : Stream.of(option))
        .forEach(options::add);
    if (!own.contains("noatime") && !own.contains("relatime")) { // mount(2) adds relatime
      options.add("strictatime");
    }
    if (isBtrfs && common.stream().noneMatch(option -> option.startsWith("discard"))) {
      options.add("nodiscard"); // 6.2 and later add discard=async
    }
    parent.flatMap(on -> propagation(mount, on)).ifPresent(options::add);
    return String.join(",", options);
  }

  /** A new mount is shared if its parent is, and private otherwise; see mount_namespaces(7). */
  private static Optional<String> propagation(MountTable.Mount mount, MountTable.Mount parent) {
    String own = propagation(mount);
    return own.equals(isShared(parent) ? SHARED : PRIVATE) ? Optional.empty() : Optional.of(own);
  }

  private static String propagation(MountTable.Mount mount) {
    return isShared(mount)
        ? SHARED
        : mount.propagation().contains(UNBINDABLE) ? UNBINDABLE : PRIVATE;
  }

  private static boolean isShared(MountTable.Mount mount) {
    return peerGroup(mount).isPresent();
  }

  /** Returns the field of its peer group, such as {@code shared:5}; empty if it is in none. */
  static Optional<String> peerGroup(MountTable.Mount mount) {
    return mount.propagation().stream().filter(field -> field.startsWith("shared:")).findFirst();
  }

  /** Words before the mount point if mount(8) cannot repeat the mount. */
  static Optional<String> hindrance(MountTable.Mount mount) {
    if (mount.filesystem().startsWith("fuse")) { // a program serves it, with options of its own
      return Optional.of(mount.filesystem() + " mounted on ");
    }
    if (mount.propagation().stream().anyMatch(field -> field.startsWith("master:"))) {
      return Optional.of("slave mount on ");
    }
    return List.of(mount.options().split(",", -1)).contains("idmapped")
        ? Optional.of("idmapped mount on ")
        : Optional.empty();
  }

  private static boolean isOption(String filesystem, String option) {
    return !option.isEmpty()
        && !NO_OPTIONS.contains(option)
        && !(filesystem.equals("iso9660") && option.startsWith("blocksize=")); // its name is block
  }

  /**
   * btrfs shows rescue=a:b; from 6.8 it accepts each of them only by itself (6.18: "Bad value").
   */
  private static List<String> separated(String option) {
    if (!option.startsWith("rescue=")) {
      return List.of(option);
    }
    List<String> all = new ArrayList<>();
    for (String one : option.substring("rescue=".length()).split(":", -1)) {
      all.add("rescue=" + one);
    }
    return all;
  }
}
