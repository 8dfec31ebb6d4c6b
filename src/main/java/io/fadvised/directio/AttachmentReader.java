package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds out how loop devices are used. What cannot be read counts as not there. */
public final class AttachmentReader {
  private final Path blockDevices;
  private final MountTable mountTable;

  /** Reads below one root, which in tests is a folder of fixtures. */
  public AttachmentReader(Path sysRoot, MountTable mountTable) {
    blockDevices = sysRoot.resolve("block");
    this.mountTable = mountTable;
  }

  /** How a device is used at present. */
  public Attachment read(LoopDevice device) {
    Path folder = blockDevices.resolve(device.name());
    boolean autoclear =
        text(folder.resolve("loop/autoclear")).map(flag -> flag.equals("1")).orElse(false);
    return new Attachment(device, autoclear, mounts(device.name(), nodes(device.name(), folder)));
  }

  /** The device and its partitions: their nodes by st_dev. */
  private static Map<Long, String> nodes(String name, Path folder) {
    Map<Long, String> nodes = new HashMap<>();
    addNode(nodes, folder);
    try (DirectoryStream<Path> partitions = Files.newDirectoryStream(folder, name + "p*")) {
      partitions.forEach(partition -> addNode(nodes, partition));
    } catch (IOException | DirectoryIteratorException e) {
      return nodes; // just detached
    }
    return nodes;
  }

  private static void addNode(Map<Long, String> nodes, Path folder) {
    text(folder.resolve("dev"))
        .flatMap(AttachmentReader::deviceNumber)
        .ifPresent(number -> nodes.put(number, "/dev/" + folder.getFileName()));
  }

  private static Optional<Long> deviceNumber(String majorMinor) {
    String[] parts = majorMinor.split(":", -1);
    try {
      return parts.length == 2
          ? Optional.of(
              FileIdentity.encodeDevice(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** By number, and by source where the filesystem has a number of its own (btrfs). */
  private List<Attachment.Mount> mounts(String name, Map<Long, String> nodes) {
    List<Attachment.Mount> mounts = new ArrayList<>();
    String sources = "/dev/" + name + "(p[0-9]+)?";
    try {
      for (MountTable.Mount mount : mountTable.all()) {
        String node =
            nodes.getOrDefault(
                mount.device(), mount.source().matches(sources) ? mount.source() : "");
        if (!node.isEmpty()) {
          String point = new String(mount.mountPoint().getBytes(ISO_8859_1), UTF_8);
          boolean bind = !mount.root().equals("/");
          mounts.add(new Attachment.Mount(node, point, mount.filesystem(), bind));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return mounts;
  }

  static Optional<String> text(Path attribute) {
    try {
      return Optional.of(Files.readString(attribute, ISO_8859_1).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
