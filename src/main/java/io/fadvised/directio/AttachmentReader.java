package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Reads how loop devices are used. A file that cannot be read counts as missing. */
public final class AttachmentReader {
  private final Path blockDevices;
  private final Path swaps;
  private final MountTable mountTable;

  /** The roots are where sysfs and procfs are mounted; directories of fixtures in tests. */
  public AttachmentReader(Path sysRoot, Path procRoot, MountTable mountTable) {
    blockDevices = sysRoot.resolve("block");
    swaps = procRoot.resolve("swaps");
    this.mountTable = mountTable;
  }

  /** Reads how a device is used, apart from what {@link DeviceUsers} has. */
  public Attachment read(LoopDevice device) {
    return read(device, DeviceUsers.NOT_READ, HostSetup.NOT_READ);
  }

  public Attachment read(LoopDevice device, DeviceUsers users, HostSetup setup) {
    Path directory = blockDevices.resolve(device.name());
    boolean autoclear =
        text(directory.resolve("loop/autoclear")).map(flag -> flag.equals("1")).orElse(false);
    List<Node> nodes = new Stack(users).above(device.name());
    List<MountTable.Mount> all = allMounts();
    List<MountTable.Mount> own =
        all.stream().filter(mount -> node(mount, nodes).isPresent()).toList();
    List<String> uses = new ArrayList<>(swaps(nodes, own));
    nodes.stream()
        .filter(node -> !node.isPartOf(device.name()))
        .forEach(node -> uses.add(Printable.of(node.path()) + " on top of it"));
    uses.addAll(mountedBelow(own, all));
    uses.addAll(mountedOver(own, all));
    uses.addAll(peersApart(own, all));
    own.forEach(
        mount ->
            MountOptions.hindrance(mount)
                .ifPresent(words -> uses.add(words + Printable.of(point(mount)))));
    uses.addAll(
        users.openers(nodes.stream().flatMap(node -> node.number().stream().boxed()).toList()));
    uses.addAll(users.mounts(nodes.stream().flatMap(Node::names).toList()));
    uses.addAll(
        users.files(device.name(), own.stream().map(MountTable.Mount::mountPoint).toList()));
    List<Attachment.Mount> mounts =
        own.stream()
            .map(mount -> mount(mount, own, all, node(mount, nodes).map(Node::path).orElse("")))
            .toList();
    return new Attachment(
        device,
        autoclear,
        mounts,
        uses,
        users.unseen(),
        setup.tools(),
        setup.attacherOf(device, mounts));
  }

  private List<MountTable.Mount> allMounts() {
    try {
      return mountTable.all();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Matches by device number, or by source if the filesystem has its own number (btrfs). */
  private static Optional<Node> node(MountTable.Mount mount, List<Node> nodes) {
    boolean isChosenByUser = mount.filesystem().startsWith("fuse");
    return nodes.stream()
        .filter(node -> node.number().equals(OptionalLong.of(mount.device())))
        .findFirst()
        .or(
            () ->
                nodes.stream()
                    .filter(node -> !isChosenByUser && node.isNamed(mount.source()))
                    .findFirst());
  }

  private static Attachment.Mount mount(
      MountTable.Mount mount, List<MountTable.Mount> own, List<MountTable.Mount> all, String node) {
    boolean bind = !mount.root().equals("/") && !mount.filesystem().equals("btrfs"); // a subvolume
    return new Attachment.Mount(
        node,
        point(mount),
        mount.filesystem(),
        MountOptions.of(mount, parent(mount, all)),
        bind,
        peer(mount, own).map(AttachmentReader::point));
  }

  private static Optional<MountTable.Mount> parent(
      MountTable.Mount mount, List<MountTable.Mount> all) {
    return all.stream().filter(other -> other.id().equals(mount.parent())).findFirst();
  }

  /** Returns the first mount of its peer group, if that is another one. */
  private static Optional<MountTable.Mount> peer(
      MountTable.Mount mount, List<MountTable.Mount> own) {
    return own.stream()
        .filter(other -> areInOneGroup(mount, other))
        .findFirst()
        .filter(first -> !first.equals(mount));
  }

  private static boolean areInOneGroup(MountTable.Mount mount, MountTable.Mount other) {
    Optional<String> group = MountOptions.peerGroup(mount);
    return group.isPresent() && group.equals(MountOptions.peerGroup(other));
  }

  private static String point(MountTable.Mount mount) {
    return new String(mount.mountPointBytes(), UTF_8);
  }

  /** Reads /proc/swaps, see proc(5): swap on the devices, and in files on their filesystems. */
  private List<String> swaps(List<Node> nodes, List<MountTable.Mount> own) {
    return text(swaps)
        .orElse("")
        .lines()
        .map(line -> MountTable.unescape(line.split("\\s+", 2)[0]))
        .filter(
            file ->
                nodes.stream().anyMatch(node -> node.isNamed(file))
                    || own.stream().anyMatch(mount -> isBelow(file, mount.mountPoint())))
        .map(file -> "swap on " + Printable.ofBytes(file))
        .toList();
  }

  private static List<String> mountedBelow(List<MountTable.Mount> own, List<MountTable.Mount> all) {
    return all.stream()
        .filter(mount -> !own.contains(mount))
        .filter(
            mount -> own.stream().anyMatch(one -> isBelow(mount.mountPoint(), one.mountPoint())))
        .map(mount -> mount.filesystem() + " mounted on " + Printable.of(point(mount)))
        .toList();
  }

  /** umount(8) ends the last mount at a mount point, which can be another filesystem. */
  private static List<String> mountedOver(List<MountTable.Mount> own, List<MountTable.Mount> all) {
    return all.stream()
        .filter(mount -> !own.contains(mount))
        .filter(mount -> own.stream().anyMatch(one -> isOver(mount, one, all)))
        .map(mount -> mount.filesystem() + " mounted over " + Printable.of(point(mount)))
        .toList();
  }

  /**
   * Returns the mounts that binding them to the first one of their peer group would not repeat:
   * others of its options, of other parts of the filesystem (such as a subvolume), or copies that
   * the kernel makes and unmounts with it.
   */
  private static List<String> peersApart(List<MountTable.Mount> own, List<MountTable.Mount> all) {
    List<String> words = new ArrayList<>();
    for (MountTable.Mount mount : own) {
      peer(mount, own)
          .filter(
              first ->
                  !first.options().equals(mount.options())
                      || !first.root().equals(mount.root())
                      || isCopy(first, mount, all))
          .map(first -> Printable.of(point(first)) + " and " + Printable.of(point(mount)))
          .map(both -> "mounts on " + both + " in one peer group (unmount one of them)")
          .ifPresent(words::add);
    }
    return words;
  }

  private static boolean isCopy(
      MountTable.Mount first, MountTable.Mount mount, List<MountTable.Mount> all) {
    return !first.parent().equals(mount.parent())
        && parent(first, all)
            .flatMap(one -> parent(mount, all).filter(other -> areInOneGroup(one, other)))
            .isPresent();
  }

  private static boolean isOver(
      MountTable.Mount mount, MountTable.Mount lower, List<MountTable.Mount> all) {
    return mount.mountPoint().equals(lower.mountPoint())
        && all.lastIndexOf(mount) > all.indexOf(lower);
  }

  private static boolean isBelow(String point, String upper) {
    return point.startsWith(upper.endsWith("/") ? upper : upper + "/");
  }

  private static List<String> names(Path directory, String pattern) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (IOException | DirectoryIteratorException e) {
      return names; // detached meanwhile
    }
    return names;
  }

  /**
   * A block device.
   *
   * @param name such as {@code loop3p1} or {@code dm-0}
   * @param path its node, such as {@code /dev/loop3p1} or {@code /dev/mapper/data}
   * @param number its st_rdev
   */
  private record Node(String name, String path, OptionalLong number) {
    static Node of(Path directory) {
      String name = directory.getFileName().toString();
      return new Node(
          name,
          text(directory.resolve("dm/name"))
              .map(mapped -> "/dev/mapper/" + mapped)
              .orElse("/dev/" + name),
          text(directory.resolve("dev"))
              .map(FileIdentity::parseDevice)
              .orElse(OptionalLong.empty()));
    }

    boolean isNamed(String node) {
      return node.equals(path) || node.equals("/dev/" + name);
    }

    /** Returns all texts that stand for it in mountinfo. */
    Stream<String> names() {
      return Stream.concat(
          number.stream().mapToObj(device -> new FileIdentity(device, 0).deviceText()),
          Stream.of(path, "/dev/" + name).distinct());
    }

    /** Returns whether it is a device or one of its partitions. */
    boolean isPartOf(String device) {
      return name.equals(device) || name.startsWith(device + "p");
    }
  }

  /** The block devices that lead to a device: its partitions, and all devices on top of them. */
  private final class Stack {
    private final DeviceUsers users;
    private final Map<String, Node> found = new LinkedHashMap<>();

    Stack(DeviceUsers users) {
      this.users = users;
    }

    /** Returns the device, its partitions, and the devices on top, each before those above it. */
    List<Node> above(String disk) {
      addDisk(disk);
      return List.copyOf(found.values());
    }

    private void addDisk(String disk) {
      if (found.containsKey(disk)) {
        return;
      }
      Path directory = blockDevices.resolve(disk);
      List<Node> parts = new ArrayList<>(List.of(Node.of(directory)));
      names(directory, disk + "*").forEach(part -> parts.add(Node.of(directory.resolve(part))));
      parts.forEach(part -> found.put(part.name(), part));
      for (Node part : parts) {
        Path place = part.name().equals(disk) ? directory : directory.resolve(part.name());
        names(place.resolve("holders"), "*").forEach(this::addDisk);
        users.loopsOn(part.path()).forEach(this::addDisk);
      }
    }
  }

  static Optional<String> text(Path attribute) {
    try {
      return Optional.of(Files.readString(attribute, ISO_8859_1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
