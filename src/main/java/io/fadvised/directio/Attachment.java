package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.util.List;

/**
 * A loop device in use.
 *
 * @param device as sysfs shows it
 * @param autoclear whether it is detached as soon as nobody has it open, as {@code mount -o loop}
 *     makes them
 * @param mounts of it and of its partitions, as far as this process sees them, in the order in
 *     which they were made
 * @param uses what else keeps it from being changed, in words: swap, device mapper, what is mounted
 *     below its mount points
 */
public record Attachment(
    LoopDevice device, boolean autoclear, List<Mount> mounts, List<String> uses) {
  public Attachment {
    mounts = List.copyOf(mounts);
    uses = List.copyOf(uses);
  }

  /**
   * A mount.
   *
   * @param node the device node, such as {@code /dev/loop3p1}
   * @param point where it is mounted, as text
   * @param filesystem its type
   * @param options all that mount(8) needs to do it again
   * @param bind whether only a part of the filesystem is mounted there
   */
  public record Mount(String node, String point, String filesystem, String options, boolean bind) {}

  /** Its device node. */
  public String node() {
    return "/dev/" + device.name();
  }

  /** Whether a part of it is mounted somewhere else, too. */
  boolean hasBindMounts() {
    return mounts.stream().anyMatch(Mount::bind);
  }

  /** Whether partitions of it are mounted. */
  boolean hasMountedPartitions() {
    return mounts.stream().anyMatch(mount -> !mount.node().equals(node()));
  }
}
