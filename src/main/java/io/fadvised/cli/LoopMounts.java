package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which loop device is mounted where, from /proc/self/mountinfo (proc(5)). */
final class LoopMounts {
  private static final int DEVICE_FIELD = 2;
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int FIRST_OPTIONAL_FIELD = 6;

  /** Also of a partition: {@code ../../devices/virtual/block/loop3/loop3p1}. */
  private static final Pattern DEVICE_LINK = Pattern.compile(".*/block/(loop[0-9]+)(/.*)?");

  private static final Pattern SOURCE = Pattern.compile("/dev/(loop[0-9]+)(p[0-9]+)?");

  private final Path sysRoot;
  private final Path mountInfo;

  /** Reads below two roots, which in tests are folders of fixtures. */
  LoopMounts(Path sysRoot, Path procRoot) {
    this.sysRoot = sysRoot;
    mountInfo = procRoot.resolve("self/mountinfo");
  }

  /**
   * The loop device whose filesystem is mounted at a directory.
   *
   * @param directory without symbolic links
   * @return its name
   * @throws CommandFailedException if it is no mount point, or one of something else
   */
  String deviceAt(Path directory) throws IOException, CommandFailedException {
    String[] mount =
        topmost(directory)
            .orElseThrow(() -> new CommandFailedException("is a directory, but no mount point"));
    String source = sourceOf(mount);
    return byNumber(mount[DEVICE_FIELD])
        .or(() -> group(SOURCE, source)) // btrfs has a device number of its own
        .orElseThrow(
            () ->
                new CommandFailedException(
                    "is the mount point of " + source + ", which is no loop device"));
  }

  /** What is mounted over it hides what was mounted there before: the last line counts. */
  private Optional<String[]> topmost(Path directory) throws IOException {
    String wanted = escaped(directory.toString());
    List<String[]> mounts =
        Files.readString(mountInfo, ISO_8859_1)
            .lines()
            .map(line -> line.split(" ", -1))
            .filter(fields -> fields.length > FIRST_OPTIONAL_FIELD)
            .filter(fields -> fields[MOUNT_POINT_FIELD].equals(wanted))
            .toList();
    return mounts.isEmpty() ? Optional.empty() : Optional.of(mounts.get(mounts.size() - 1));
  }

  /** As the kernel writes a path there: its bytes, blanks and backslashes in octal. */
  private static String escaped(String path) {
    return new String(path.getBytes(UTF_8), ISO_8859_1)
        .replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012");
  }

  /** After the optional fields: a dash, the filesystem's type, the source. */
  private static String sourceOf(String[] mount) {
    int dash = FIRST_OPTIONAL_FIELD;
    while (dash < mount.length - 1 && !mount[dash].equals("-")) {
      dash++;
    }
    return dash + 2 < mount.length ? mount[dash + 2] : "something unknown";
  }

  private Optional<String> byNumber(String majorMinor) {
    try {
      Path link = sysRoot.resolve("dev/block").resolve(majorMinor);
      return group(DEVICE_LINK, Files.readSymbolicLink(link).toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> group(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
