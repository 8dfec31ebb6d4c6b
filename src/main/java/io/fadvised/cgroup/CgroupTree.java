package io.fadvised.cgroup;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.pressure.ProcText;
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

/**
 * The tree of cgroups of this machine, v2 or the memory hierarchy of v1. Owned by one thread.
 *
 * <p>The host's tree is read through the root of process 1: a container sees only its own part of
 * it at /sys/fs/cgroup.
 */
public final class CgroupTree implements Cgroups {
  /** The files of the kernel's controllers: a stat(2) of each would cost most of a walk. */
  private static final List<String> FILES =
      List.of(
          "cgroup.",
          "cpu.",
          "cpuacct.",
          "cpuset.",
          "dmem.",
          "hugetlb.",
          "io.",
          "irq.",
          "memory.",
          "misc.",
          "pids.",
          "rdma.",
          "tasks",
          "notify_on_release",
          "release_agent");

  private final Path procRoot;
  private final Path sysRoot;
  private final TextReader reader = new TextReader();
  private final Map<String, String> loopNames = new HashMap<>();
  private Map<Path, LimitedCgroup> limited = Map.of();
  private Optional<CgroupVersion> version = Optional.empty();
  private boolean ownLowerCache;
  private long descendants = -1;

  /**
   * @param procRoot where procfs is mounted
   * @param sysRoot where sysfs is mounted
   */
  public CgroupTree(Path procRoot, Path sysRoot) {
    this.procRoot = procRoot;
    this.sysRoot = sysRoot;
  }

  @Override
  public Collection<Cgroup> limited() {
    return List.copyOf(limited.values());
  }

  @Override
  public boolean ownLowerCache() {
    return ownLowerCache;
  }

  @Override
  public boolean hasChanged() {
    return descendants != countDescendants();
  }

  /** Returns the number of cgroups; -1 with cgroup v1, which does not count them. */
  private long countDescendants() {
    long[] count = {-1};
    try {
      if (version.isPresent()) {
        ProcText.forEachLine(
            Files.readString(version.get().root().resolve("cgroup.stat"), ISO_8859_1), // 4.14
            List.of("nr_descendants"),
            (name, value) -> count[0] = value);
      }
    } catch (IOException e) {
      return -1;
    }
    return count[0];
  }

  @Override
  public void walk() throws IOException {
    if (version.isEmpty()) {
      version =
          CgroupVersion.find(
              List.of(procRoot.resolve("1/root/sys/fs/cgroup"), sysRoot.resolve("fs/cgroup")));
    }
    if (version.isEmpty()) {
      return; // no memory controller
    }
    descendants = countDescendants();
    ownLowerCache = false;
    Map<Path, LimitedCgroup> found = new HashMap<>();
    for (Path child : children(version.get().root())) {
      visit(version.get(), child, found);
    }
    limited.forEach(
        (path, cgroup) -> {
          if (!found.containsKey(path)) {
            cgroup.close();
          }
        });
    limited = found;
  }

  private void visit(CgroupVersion of, Path directory, Map<Path, LimitedCgroup> found) {
    try {
      // cgroup.kill came with the charge to the cgroup of the I/O (5.14)
      ownLowerCache |= of.isUnified() && Files.exists(directory.resolve("cgroup.kill"));
      if (isLimited(of, directory)) {
        LimitedCgroup known = limited.get(directory);
        found.put(
            directory,
            known != null ? known : new LimitedCgroup(of, directory, reader, this::loopName));
      }
      for (Path child : children(directory)) {
        visit(of, child, found);
      }
    } catch (IOException e) {
      // removed meanwhile, or without the memory controller
    }
  }

  private static boolean isLimited(CgroupVersion of, Path directory) throws IOException {
    for (String name : of.limits()) {
      if (LimitedCgroup.limit(Files.readString(directory.resolve(name), ISO_8859_1))
          < Long.MAX_VALUE >> 1) {
        return true;
      }
    }
    return false;
  }

  /** Returns the directories in a directory; a link count of 2 proves that there are none. */
  private static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    if ((Integer) Files.getAttribute(directory, "unix:nlink") == 2) {
      return children;
    }
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(directory, path -> !isFile(path.getFileName().toString()))) {
      for (Path path : all) {
        if (Files.isDirectory(path)) {
          children.add(path);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return children;
  }

  private static boolean isFile(String name) {
    for (int i = 0; i < FILES.size(); i++) {
      if (name.startsWith(FILES.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the name of a loop device: with loop.max_part its minor number is a multiple. */
  private String loopName(String number) {
    return loopNames.computeIfAbsent(
        number,
        unknown -> {
          try {
            return String.valueOf(
                Files.readSymbolicLink(sysRoot.resolve("dev/block").resolve(unknown))
                    .getFileName());
          } catch (IOException e) {
            return "loop" + unknown.substring(unknown.indexOf(':') + 1);
          }
        });
  }
}
