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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds out how loop devices are used. What cannot be read counts as not there. */
public final class AttachmentReader {
  /** Of the kernel's, and not for mount(8). */
  private static final Set<String> NO_MOUNT_OPTIONS = Set.of("rw", "ro", "seclabel");

  private final Path blockDevices;
  private final Path swaps;
  private final MountTable mountTable;

  /** Reads below roots, which in tests are folders of fixtures. */
  public AttachmentReader(Path sysRoot, Path procRoot, MountTable mountTable) {
    blockDevices = sysRoot.resolve("block");
    swaps = procRoot.resolve("swaps");
    this.mountTable = mountTable;
  }

  /** How a device is used at present. */
  public Attachment read(LoopDevice device) {
    Path folder = blockDevices.resolve(device.name());
    boolean autoclear =
        text(folder.resolve("loop/autoclear")).map(flag -> flag.equals("1")).orElse(false);
    Map<Long, String> nodes = nodes(device.name(), folder);
    List<MountTable.Mount> all = allMounts();
    List<MountTable.Mount> own =
        all.stream().filter(mount -> !node(mount, device.name(), nodes).isEmpty()).toList();
    List<String> uses = new ArrayList<>(swaps(nodes.values()));
    uses.addAll(holders(device.name(), folder));
    uses.addAll(mountedBelow(own, all));
    return new Attachment(
        device,
        autoclear,
        own.stream().map(mount -> mount(mount, node(mount, device.name(), nodes))).toList(),
        uses);
  }

  private List<MountTable.Mount> allMounts() {
    try {
      return mountTable.all();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** By number, and by source where the filesystem has a number of its own (btrfs). */
  private static String node(MountTable.Mount mount, String name, Map<Long, String> nodes) {
    boolean isSource = mount.source().matches("/dev/" + name + "(p[0-9]+)?");
    return nodes.getOrDefault(mount.device(), isSource ? mount.source() : "");
  }

  private static Attachment.Mount mount(MountTable.Mount mount, String node) {
    boolean bind = !mount.root().equals("/") && !mount.filesystem().equals("btrfs"); // a subvolume
    return new Attachment.Mount(node, point(mount), mount.filesystem(), options(mount), bind);
  }

  private static String point(MountTable.Mount mount) {
    return new String(mount.mountPointBytes(), UTF_8);
  }

  private static String options(MountTable.Mount mount) {
    List<String> own = List.of(mount.options().split(",", -1));
    List<String> common = List.of(mount.filesystemOptions().split(",", -1));
    boolean readOnly = own.contains("ro") || common.contains("ro");
    return Stream.concat(
            Stream.of(readOnly ? "ro" : "rw"),
            Stream.concat(own.stream(), common.stream())
                .filter(option -> !option.isEmpty() && !NO_MOUNT_OPTIONS.contains(option)))
        .distinct()
        .collect(Collectors.joining(","));
  }

  /** See proc(5), /proc/swaps. */
  private List<String> swaps(Collection<String> nodes) {
    return text(swaps)
        .orElse("")
        .lines()
        .map(line -> line.split("\\s+", 2)[0])
        .filter(nodes::contains)
        .map(node -> "swap on " + node)
        .toList();
  }

  /** Device mapper and md, on the device and on its partitions. */
  private static List<String> holders(String name, Path folder) {
    List<String> holders = new ArrayList<>();
    for (Path place : partitions(name, folder)) {
      names(place.resolve("holders"), "*").forEach(holder -> holders.add(holder + " on top of it"));
    }
    return holders;
  }

  private static List<String> mountedBelow(List<MountTable.Mount> own, List<MountTable.Mount> all) {
    return all.stream()
        .filter(mount -> !own.contains(mount))
        .filter(
            mount -> own.stream().anyMatch(one -> isBelow(mount.mountPoint(), one.mountPoint())))
        .map(mount -> mount.filesystem() + " mounted on " + Printable.of(point(mount)))
        .toList();
  }

  private static boolean isBelow(String point, String upper) {
    return point.startsWith(upper.endsWith("/") ? upper : upper + "/");
  }

  /** The device itself first. */
  private static List<Path> partitions(String name, Path folder) {
    List<Path> places = new ArrayList<>(List.of(folder));
    names(folder, name + "p*").forEach(partition -> places.add(folder.resolve(partition)));
    return places;
  }

  private static List<String> names(Path folder, String pattern) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (IOException | DirectoryIteratorException e) {
      return names; // just detached
    }
    return names;
  }

  /** The device and its partitions: their nodes by st_dev. */
  private static Map<Long, String> nodes(String name, Path folder) {
    Map<Long, String> nodes = new HashMap<>();
    partitions(name, folder).forEach(place -> addNode(nodes, place));
    return nodes;
  }

  private static void addNode(Map<Long, String> nodes, Path folder) {
    text(folder.resolve("dev"))
        .map(FileIdentity::parseDevice)
        .orElse(OptionalLong.empty())
        .ifPresent(number -> nodes.put(number, "/dev/" + folder.getFileName()));
  }

  static Optional<String> text(Path attribute) {
    try {
      return Optional.of(Files.readString(attribute, ISO_8859_1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
