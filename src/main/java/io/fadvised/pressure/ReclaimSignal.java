package io.fadvised.pressure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.Errno;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.ReclaimTrigger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The kernel reclaims memory: memory.pressure_level of the root of cgroup v1.
 *
 * <p>At level "low", which is any reclaim: in a page cache that thrashes, clean pages are found at
 * once, and neither "medium" nor "critical" was reached in 20 s of it (6.18).
 */
final class ReclaimSignal implements PressureSignal {
  private static final String NAME = "memory.pressure_level";

  /** Not the reclaim of a cgroup at its own limit; "local" is known since 4.13. */
  private static final String LEVEL = "low,local";

  private static final String OLD_LEVEL = "low";

  private static final int ROOT_FIELD = 3;
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int FIRST_OPTIONAL_FIELD = 6;

  private final Path mountInfo;

  ReclaimSignal(Path procRoot) {
    mountInfo = procRoot.resolve("self/mountinfo");
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public On open() throws IOException {
    String folder =
        rootOfMemory(Files.readString(mountInfo, ISO_8859_1))
            .orElseThrow(() -> new IOException("no cgroup v1 of memory is mounted"));
    try {
      return open(folder, LEVEL);
    } catch (KernelException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      return open(folder, OLD_LEVEL);
    }
  }

  private static On open(String folder, String level) throws KernelException {
    return new On(
        ReclaimTrigger.open(folder.getBytes(ISO_8859_1), level),
        NAME + " (" + level + ")",
        Duration.ZERO);
  }

  /** Where the root of the memory hierarchy is mounted, from /proc/self/mountinfo (proc(5)). */
  static Optional<String> rootOfMemory(String mounts) {
    return Stream.of(mounts.split("\n", -1)) // other ends of lines are not escaped in a name
        .map(line -> line.split(" ", -1))
        .filter(ReclaimSignal::isRootOfMemory)
        .map(fields -> fields[MOUNT_POINT_FIELD])
        .findFirst();
  }

  private static boolean isRootOfMemory(String[] fields) {
    int separator = Arrays.asList(fields).indexOf("-");
    return separator >= FIRST_OPTIONAL_FIELD
        && separator + 3 < fields.length
        && fields[ROOT_FIELD].equals("/")
        && fields[separator + 1].equals("cgroup")
        && List.of(fields[separator + 3].split(",")).contains("memory");
  }
}
