package io.fadvised.loop;

import io.fadvised.loop.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds filesystems on loop devices that are mounted only in the daemon's own mount namespace. A
 * service with such a namespace gets a copy of each mount. An unmount on the host reaches the copy
 * unless the parent mount is private. Such a copy keeps the filesystem and its loop device in use
 * until the daemon ends.
 */
public final class PinnedMounts {
  private static final Pattern LOOP_DEVICE = Pattern.compile("/dev/(loop[0-9]{1,7})(p[0-9]+)?");

  private final Path procRoot;

  /**
   * @param procRoot where procfs is mounted
   */
  public PinnedMounts(Path procRoot) {
    this.procRoot = procRoot;
  }

  /**
   * A mount that remains only in the daemon's namespace.
   *
   * @param device the loop device, such as {@code loop3}
   * @param mountPoint bytes of the path, one per char
   */
  public record Pinned(String device, String mountPoint) {}

  /** Returns no mounts if the namespace of process 1 is ours or unreadable. */
  public List<Pinned> find() {
    try {
      if (namespaceOf("self").equals(namespaceOf("1"))) {
        return List.of();
      }
      Set<Long> onHost = mounts("1").stream().map(Mount::device).collect(Collectors.toSet());
      List<Pinned> pinned = new ArrayList<>();
      for (Mount mount : mounts("self")) {
        Matcher source = LOOP_DEVICE.matcher(mount.source());
        if (source.matches() && !onHost.contains(mount.device())) {
          pinned.add(new Pinned(source.group(1), mount.mountPoint()));
        }
      }
      return pinned;
    } catch (IOException e) {
      return List.of();
    }
  }

  private Path namespaceOf(String process) throws IOException {
    return Files.readSymbolicLink(procRoot.resolve(process).resolve("ns/mnt"));
  }

  private List<Mount> mounts(String process) throws IOException {
    return MountTable.of(procRoot.resolve(process));
  }
}
