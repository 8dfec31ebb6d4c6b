package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the loop devices below other block devices, by sysfs. */
final class BlockDevices {
  private static final Pattern LOOP = Pattern.compile("(loop[0-9]{1,7})(p[0-9]{1,3})?");

  /** A disk or partition, such as {@code ../../devices/virtual/block/loop3/loop3p1}. */
  private static final Pattern DISK = Pattern.compile(".*/block/([^/]+)(?:/([^/]+))?");

  private final Path sysRoot;

  /**
   * @param sysRoot where sysfs is mounted; a directory of fixtures in tests
   */
  BlockDevices(Path sysRoot) {
    this.sysRoot = sysRoot;
  }

  /**
   * Returns the loop devices that a block device uses: itself, its whole disk if it is a partition,
   * or the devices below a device mapper or RAID device, through any number of levels.
   *
   * @param name such as {@code loop3}, {@code loop3p1} or {@code dm-0}
   * @return sorted by name; empty if it uses none
   */
  Set<String> loopsBelow(String name) throws IOException {
    Set<String> loops = new TreeSet<>();
    addLoopsBelow(name, loops, new TreeSet<>());
    return loops;
  }

  private void addLoopsBelow(String name, Set<String> loops, Set<String> visited)
      throws IOException {
    Matcher loop = LOOP.matcher(name);
    if (loop.matches()) {
      loops.add(loop.group(1));
    } else if (visited.add(name)) {
      for (String slave : slavesOf(name)) {
        addLoopsBelow(slave, loops, visited);
      }
    }
  }

  private Set<String> slavesOf(String name) throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> slaves =
        Files.newDirectoryStream(sysRoot.resolve("block").resolve(name).resolve("slaves"))) {
      for (Path slave : slaves) {
        names.add(disk(slave.toRealPath().toString()).orElse(slave.getFileName().toString()));
      }
    } catch (NoSuchFileException e) {
      return Set.of(); // a partition of another disk, or gone
    }
    return names;
  }

  /** Returns the disk with a number, or the one of a partition; empty if sysfs has neither. */
  Optional<String> diskOf(String majorMinor) {
    try {
      Path link = sysRoot.resolve("dev/block").resolve(majorMinor);
      return disk(Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns whether a disk or a partition of a loop device exists, by name. */
  boolean exists(String name) {
    Matcher loop = LOOP.matcher(name);
    Path disks = sysRoot.resolve("block");
    return (loop.matches() && loop.group(2) != null)
        ? Files.exists(disks.resolve(loop.group(1)).resolve(name))
        : Files.exists(disks.resolve(name));
  }

  private static Optional<String> disk(String path) {
    Matcher matcher = DISK.matcher(path);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
