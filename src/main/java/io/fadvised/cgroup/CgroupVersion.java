package io.fadvised.cgroup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.pressure.ProcText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The files of a memory cgroup.
 *
 * @param root of the tree with the memory controller
 * @param limits files with one limit each
 * @param strikes the file that counts how often this cgroup's own limit was hit
 * @param strikeLines the beginnings of its lines to add up; none if it has one number only
 * @param refaults the name in memory.stat that includes the cgroups below
 * @param inactiveFile likewise
 * @param activeFile likewise
 * @param isUnified whether memory.pressure and io.stat exist
 */
record CgroupVersion(
    Path root,
    List<String> limits,
    String strikes,
    List<String> strikeLines,
    String refaults,
    String inactiveFile,
    String activeFile,
    boolean isUnified) {

  /** Finds the tree: cgroup v2, or the memory hierarchy of v1. */
  static Optional<CgroupVersion> find(List<Path> mounts) {
    for (Path mount : mounts) {
      for (Path root : List.of(mount, mount.resolve("unified"))) {
        if (hasMemory(root.resolve("cgroup.controllers"))) {
          return Optional.of(
              new CgroupVersion(
                  root,
                  List.of("memory.max", "memory.high"),
                  "memory.events.local", // 5.2
                  List.of("max ", "high "),
                  "workingset_refault_file",
                  "inactive_file",
                  "active_file",
                  true));
        }
      }
      if (Files.isReadable(mount.resolve("memory/memory.limit_in_bytes"))) {
        return Optional.of(
            new CgroupVersion(
                mount.resolve("memory"),
                List.of("memory.limit_in_bytes"),
                "memory.failcnt",
                List.of(),
                "total_workingset_refault_file",
                "total_inactive_file",
                "total_active_file",
                false));
      }
    }
    return Optional.empty();
  }

  private static boolean hasMemory(Path controllers) {
    try {
      return List.of(Files.readString(controllers, ISO_8859_1).strip().split(" "))
          .contains("memory");
    } catch (IOException e) { // not there: another version, or no permission
      return false;
    }
  }

  /** Parses the strikes. */
  long strikesIn(String text) {
    if (strikeLines.isEmpty()) {
      return Math.max(0, ProcText.number(text.strip()));
    }
    long[] sum = new long[1];
    ProcText.forEachLine(text, strikeLines, (name, value) -> sum[0] += value);
    return sum[0];
  }
}
