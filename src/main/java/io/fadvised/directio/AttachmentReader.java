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

  public Attachment read(LoopDevice device) {
    Path directory = blockDevices.resolve(device.name());
    boolean autoclear =
        text(directory.resolve("loop/autoclear")).map(flag -> flag.equals("1")).orElse(false);
    Map<Long, String> nodes = nodes(device.name(), directory);
    List<MountTable.Mount> all = allMounts();
    List<MountTable.Mount> own =
        all.stream().filter(mount -> !node(mount, device.name(), nodes).isEmpty()).toList();
    List<String> uses = new ArrayList<>(swaps(nodes.values()));
    uses.addAll(holders(device.name(), directory));
    uses.addAll(mountedBelow(own, all));
    own.forEach(
        mount ->
            MountOptions.hindrance(mount)
                .ifPresent(words -> uses.add(words + Printable.of(point(mount)))));
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

  /** Matches by device number, or by source if the filesystem has its own number (btrfs). */
  private static String node(MountTable.Mount mount, String name, Map<Long, String> nodes) {
    boolean isSource = mount.source().matches("/dev/" + name + "(p[0-9]+)?");
    return nodes.getOrDefault(mount.device(), isSource ? mount.source() : "");
  }

  private static Attachment.Mount mount(MountTable.Mount mount, String node) {
    boolean bind = !mount.root().equals("/") && !mount.filesystem().equals("btrfs"); // a subvolume
    return new Attachment.Mount(
        node, point(mount), mount.filesystem(), MountOptions.of(mount), bind);
  }

  private static String point(MountTable.Mount mount) {
    return new String(mount.mountPointBytes(), UTF_8);
  }

  /** Reads /proc/swaps, see proc(5). */
  private List<String> swaps(Collection<String> nodes) {
    return text(swaps)
        .orElse("")
        .lines()
        .map(line -> line.split("\\s+", 2)[0])
        .filter(nodes::contains)
        .map(node -> "swap on " + node)
        .toList();
  }

  /** Finds device mapper and md devices on the device and its partitions. */
  private static List<String> holders(String name, Path directory) {
    List<String> holders = new ArrayList<>();
    for (Path place : partitions(name, directory)) {
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

  /** Returns the directories of the device and its partitions, the device first. */
  private static List<Path> partitions(String name, Path directory) {
    List<Path> places = new ArrayList<>(List.of(directory));
    names(directory, name + "p*").forEach(partition -> places.add(directory.resolve(partition)));
    return places;
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

  /** Returns the nodes of the device and its partitions by st_dev. */
  private static Map<Long, String> nodes(String name, Path directory) {
    Map<Long, String> nodes = new HashMap<>();
    partitions(name, directory).forEach(place -> addNode(nodes, place));
    return nodes;
  }

  private static void addNode(Map<Long, String> nodes, Path directory) {
    text(directory.resolve("dev"))
        .map(FileIdentity::parseDevice)
        .orElse(OptionalLong.empty())
        .ifPresent(number -> nodes.put(number, "/dev/" + directory.getFileName()));
  }

  static Optional<String> text(Path attribute) {
    try {
      return Optional.of(Files.readString(attribute, ISO_8859_1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
