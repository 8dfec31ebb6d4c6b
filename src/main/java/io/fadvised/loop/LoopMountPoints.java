package io.fadvised.loop;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the mount points of filesystems on loop devices and their partitions. */
public final class LoopMountPoints {
  private static final Pattern SOURCE = Pattern.compile("/dev/(loop[0-9]{1,7})(p[0-9]+)?");
  private static final Pattern SYSFS_LINK = Pattern.compile(".*/block/(loop[0-9]{1,7})(/.*)?");
  private static final int LOOP_MAJOR = 7;

  /** Filesystems with a device number of their own: the source is the only link to the device. */
  private static final Set<String> WITHOUT_DEVICE_NUMBER = Set.of("btrfs", "bcachefs");

  private final Path procRoot;
  private final Path sysRoot;

  /**
   * @param procRoot where procfs is mounted
   * @param sysRoot where sysfs is mounted
   */
  public LoopMountPoints(Path procRoot, Path sysRoot) {
    this.procRoot = procRoot;
    this.sysRoot = sysRoot;
  }

  /**
   * Returns one mount point for each mounted device: its first preferred one, or else its first
   * one. They are paths of the host if the mounts of process 1 can be read, printable, and a label
   * only.
   */
  public Map<String, String> find(Predicate<String> preferred) {
    for (String process : List.of("1", "self")) {
      try {
        Map<String, String> found = new HashMap<>();
        MountTable.forEach(procRoot.resolve(process), mount -> add(mount, preferred, found));
        return found;
      } catch (IOException e) {
        // no such process, or not permitted
      }
    }
    return Map.of();
  }

  private void add(Mount mount, Predicate<String> preferred, Map<String, String> found) {
    Optional<String> device = deviceOf(mount);
    if (device.isPresent()) {
      found.merge(
          device.get(),
          Printable.ofBytes(mount.mountPoint()),
          (first, next) -> preferred.test(first) || !preferred.test(next) ? first : next);
    }
  }

  /**
   * The device below a mount. Its number decides: users of FUSE choose the source of their mounts.
   */
  private Optional<String> deviceOf(Mount mount) {
    Matcher source = SOURCE.matcher(mount.source());
    boolean named = source.matches();
    if (named && WITHOUT_DEVICE_NUMBER.contains(mount.filesystem())) {
      return Optional.of(source.group(1));
    }
    String number = new FileIdentity(mount.device(), 0).deviceText();
    if (named && number.equals(LOOP_MAJOR + ":" + source.group().substring("/dev/loop".length()))) {
      return Optional.of(source.group(1)); // no link to read, as for most mounts
    }
    return named || number.startsWith(LOOP_MAJOR + ":") ? byNumber(number) : Optional.empty();
  }

  private Optional<String> byNumber(String number) {
    try {
      Path link = Files.readSymbolicLink(sysRoot.resolve("dev/block").resolve(number));
      Matcher device = SYSFS_LINK.matcher(link.toString());
      return device.matches() ? Optional.of(device.group(1)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
