package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An attached loop device with its mounts and other uses.
 *
 * @param autoclear whether it is detached at its last close, as with {@code mount -o loop}
 * @param mounts the mounts of the device, its partitions and the devices on top of it in this
 *     process's namespace, in the order of the mount table
 * @param uses descriptions of other uses that prevent changes: swap, device mapper, programs that
 *     have it open, mounts below its mount points, and files on them that the kernel uses
 * @param unseen why there may be more uses; empty if all are known
 * @param tools the means of the host to change it
 * @param attacher who attaches it; empty if unknown
 */
public record Attachment(
    LoopDevice device,
    boolean autoclear,
    List<Mount> mounts,
    List<String> uses,
    Optional<String> unseen,
    HostTools tools,
    Optional<Attacher> attacher) {
  public Attachment {
    mounts = List.copyOf(mounts);
    uses = List.copyOf(uses);
  }

  /**
   * A mount.
   *
   * @param node the device node, such as {@code /dev/loop3p1} or {@code /dev/mapper/data}
   * @param point the mount point, as text
   * @param filesystem its type
   * @param options for mount(8), to mount it again
   * @param bind whether only a part of the filesystem is mounted
   * @param peer the mount point of an earlier mount in the same peer group; empty if there is none
   */
  public record Mount(
      String node,
      String point,
      String filesystem,
      String options,
      boolean bind,
      Optional<String> peer) {
    /** Creates the only mount of a peer group. */
    public Mount(String node, String point, String filesystem, String options, boolean bind) {
      this(node, point, filesystem, options, bind, Optional.empty());
    }

    boolean isReadOnly() {
      return List.of(options.split(",", -1)).contains("ro");
    }
  }

  /** The device node, such as {@code /dev/loop3}. */
  public String node() {
    return "/dev/" + device.name();
  }

  /**
   * Returns where a permanent change belongs.
   *
   * @param options that losetup(8) needs
   */
  public String adviceOnAttaching(String options) {
    if (attacher.isPresent()) {
      return attacher.get().words(options);
    }
    return autoclear
        ? "the device is detached at unmount, as with \"mount -o loop\"; mount(8) cannot enable direct"
            + " I/O: attach it with losetup first, then mount the device"
        : "to make it permanent, add \""
            + options
            + "\" to losetup in the unit or script that attaches the device at boot";
  }

  /** Returns the same attachment with the means of a host, and who attaches it there. */
  public Attachment on(HostSetup setup) {
    return new Attachment(
        device, autoclear, mounts, uses, unseen, setup.tools(), setup.attacherOf(device, mounts));
  }

  /** Returns the same attachment with another use that prevents changes. */
  public Attachment withUse(String use) {
    List<String> all = new ArrayList<>(uses);
    all.add(use);
    return new Attachment(device, autoclear, mounts, all, unseen, tools, attacher);
  }

  /** Returns the same attachment with the reason why there may be more uses. */
  public Attachment withUnseen(String reason) {
    return new Attachment(device, autoclear, mounts, uses, Optional.of(reason), tools, attacher);
  }

  /** Returns whether a program attaches the device that has no file of this host to change. */
  public boolean isAttachedByProgram() {
    return attacher.map(Attacher::isProgram).orElse(false);
  }

  /** Returns the point where a line of fstab(5) mounts the whole file at boot; empty if none. */
  public Optional<String> pointInFstab() {
    return mounts.stream()
        .filter(mount -> mount.node().equals(node()))
        .filter(mount -> device.offsetBytes() == 0 && device.sizeLimitBytes() == 0)
        .map(Mount::point)
        .filter(point -> attacher.map(found -> found.mountsAtBoot(point)).orElse(false))
        .findFirst();
  }

  boolean hasMountedPartitions() {
    return mounts.stream().anyMatch(mount -> mount.node().startsWith(node() + "p"));
  }
}
