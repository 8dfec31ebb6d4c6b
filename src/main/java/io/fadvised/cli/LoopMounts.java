package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the loop device that is mounted at a directory. */
final class LoopMounts {
  /** Matches partitions, too: {@code ../../devices/virtual/block/loop3/loop3p1}. */
  private static final Pattern DEVICE_LINK = Pattern.compile(".*/block/(loop[0-9]+)(/.*)?");

  private static final Pattern SOURCE = Pattern.compile("/dev/(loop[0-9]+)(p[0-9]+)?");

  private final Path sysRoot;
  private final MountTable mounts;

  LoopMounts(Path sysRoot, Path procRoot) {
    this.sysRoot = sysRoot;
    mounts = new MountTable(procRoot, System::nanoTime);
  }

  /**
   * Returns the name of the loop device whose filesystem is mounted at a directory.
   *
   * @param directory without symbolic links
   * @throws CommandFailedException if it is not the mount point of a loop device
   */
  String deviceAt(Path directory) throws IOException, CommandFailedException {
    MountTable.Mount mount =
        topmost(directory)
            .orElseThrow(() -> new CommandFailedException("is a directory, but not a mount point"));
    return byNumber(new FileIdentity(mount.device(), 0).deviceText())
        .or(() -> group(SOURCE, mount.source())) // btrfs has a device number of its own
        .orElseThrow(
            () ->
                new CommandFailedException(
                    "is the mount point of "
                        + Printable.of(mount.source())
                        + ", which is not a loop device"));
  }

  /** Returns the last mount at a directory, which hides the earlier ones. */
  private Optional<MountTable.Mount> topmost(Path directory) throws IOException {
    String wanted = new String(directory.toString().getBytes(UTF_8), ISO_8859_1);
    List<MountTable.Mount> there =
        mounts.all().stream().filter(mount -> mount.mountPoint().equals(wanted)).toList();
    return there.isEmpty() ? Optional.empty() : Optional.of(there.get(there.size() - 1));
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
