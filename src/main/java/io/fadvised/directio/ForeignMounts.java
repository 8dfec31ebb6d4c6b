package io.fadvised.directio;

import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import io.fadvised.loop.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The mounts of block devices in other mount namespaces that umount(8) in this one does not end. It
 * ends those below a mount that receives events of the parent mount here (mount_namespaces(7)); on
 * hosts with systemd, many services have such copies of all mounts.
 *
 * <p>Namespaces without a process are not seen.
 */
final class ForeignMounts {
  private static final int ID = 0;
  private static final int PARENT = 1;
  private static final int NUMBER = 2;
  private static final int POINT = 4;
  private static final int FIRST_GROUP = 6;

  private final Path procRoot;

  /** Peer groups of the parents of the mounts here, by device. */
  private final Map<String, Set<String>> groupsHere = new HashMap<>();

  private final Map<String, Set<String>> found = new HashMap<>();

  /** Uses of files by mounts, each filesystem once, by its number. */
  private final Map<String, KernelUse> files = new LinkedHashMap<>();

  /**
   * A line of mountinfo.
   *
   * @param device the source of a filesystem with a number of its own, else {@code major:minor}
   * @param groups numbers of the peer groups that it is in or receives events from
   */
  private record Line(
      String parent,
      String number,
      String device,
      String point,
      Set<String> groups,
      String filesystem,
      String source,
      String options) {
    Optional<KernelUse> use(String namespace) {
      return KernelUse.ofMount(filesystem, source, options, Printable.ofBytes(point) + namespace);
    }
  }

  /**
   * @param procRoot where procfs is mounted
   */
  ForeignMounts(Path procRoot) {
    this.procRoot = procRoot;
  }

  /**
   * Reads the mounts of one process of each namespace.
   *
   * @return descriptions by {@code major:minor}, or by node for filesystems with their own number
   */
  Map<String, Set<String>> find() {
    Set<String> namespaces = new HashSet<>(List.of("", namespaceOf(procRoot.resolve("self"))));
    addHere();
    try {
      for (Path process : Processes.in(procRoot)) {
        if (namespaces.add(namespaceOf(process))) {
          addMountsOf(process);
        }
      }
    } catch (IOException e) {
      return found;
    }
    return found;
  }

  /** Returns the uses of files by mounts of all namespaces, once they were read. */
  List<KernelUse> files() {
    return List.copyOf(files.values());
  }

  private void addFiles(Line line, String namespace) {
    line.use(namespace).ifPresent(use -> files.putIfAbsent(line.number(), use));
  }

  private void addHere() {
    Map<String, Line> lines = linesOf(procRoot.resolve("self"));
    lines.values().forEach(line -> addFiles(line, ""));
    lines
        .values()
        .forEach(
            line ->
                groupsHere
                    .computeIfAbsent(line.device(), device -> new HashSet<>())
                    .addAll(parentGroups(line, lines)));
  }

  private void addMountsOf(Path process) {
    Map<String, Line> lines = linesOf(process);
    String namespace = " in the mount namespace of " + OpenerReader.words(process);
    for (Line line : lines.values()) {
      addFiles(line, namespace);
      Set<String> here = groupsHere.getOrDefault(line.device(), Set.of());
      if (isOnDisk(line) && parentGroups(line, lines).stream().noneMatch(here::contains)) {
        found
            .computeIfAbsent(line.device(), device -> new LinkedHashSet<>())
            .add("mounted on " + Printable.ofBytes(line.point()) + namespace);
      }
    }
  }

  private static boolean isOnDisk(Line line) {
    return !line.device().startsWith("0:");
  }

  private static Set<String> parentGroups(Line line, Map<String, Line> lines) {
    Line parent = lines.get(line.parent());
    return parent == null ? Set.of() : parent.groups();
  }

  private static Map<String, Line> linesOf(Path process) {
    Map<String, Line> lines = new LinkedHashMap<>();
    AttachmentReader.text(process.resolve("mountinfo"))
        .orElse("")
        .lines()
        .map(line -> List.of(line.split(" ", -1)))
        .filter(fields -> fields.indexOf("-") >= FIRST_GROUP)
        .filter(fields -> fields.indexOf("-") + 2 < fields.size())
        .forEach(fields -> lines.put(fields.get(ID), line(fields)));
    return lines;
  }

  private static Line line(List<String> fields) {
    int separator = fields.indexOf("-");
    Set<String> groups = new HashSet<>();
    for (String field : fields.subList(FIRST_GROUP, separator)) {
      groups.add(field.substring(field.indexOf(':') + 1));
    }
    String number = fields.get(NUMBER);
    String filesystem = fields.get(separator + 1);
    String source = MountTable.unescape(fields.get(separator + 2));
    String options = separator + 3 < fields.size() ? fields.get(separator + 3) : "";
    boolean hasOwnNumber =
        number.startsWith("0:")
            && source.startsWith("/dev/")
            && !filesystem.startsWith("fuse"); // its users choose the source
    return new Line(
        fields.get(PARENT),
        number,
        hasOwnNumber ? source : number,
        MountTable.unescape(fields.get(POINT)),
        groups,
        filesystem,
        source,
        MountTable.unescape(options));
  }

  private static String namespaceOf(Path process) {
    return Processes.link(process.resolve("ns/mnt"));
  }
}
