package io.fadvised.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a file can be changed, or another put in its place, only by those who have the daemon in
 * their hands anyway: root, the user that runs it, and the owner of its program.
 */
public final class FileTrust {
  private static final int ROOT = 0;
  private static final int GROUP_OR_OTHERS_WRITE = 0022;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;

  private FileTrust() {}

  /** What is wrong, if somebody else can. The file exists; it may be a link. */
  public static Optional<String> obstacle(Path file) throws IOException {
    Optional<String> obstacle = obstacleOf(file);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    // The folder where the name is, and the one to which links lead.
    Set<Path> folders = new LinkedHashSet<>();
    folders.add(file.toAbsolutePath().getParent());
    folders.add(file.toRealPath().getParent());
    for (Path folder : folders) {
      Optional<String> open = obstacleOfFolder(folder);
      if (open.isPresent()) {
        return open;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> obstacleOf(Path file) throws IOException {
    if ((number(file, "mode") & GROUP_OR_OTHERS_WRITE) != 0) {
      return Optional.of("may be written by others than its owner: chmod go-w " + file);
    }
    return stranger(file).map(owner -> "belongs to " + owner + ": chown root " + file);
  }

  private static Optional<String> obstacleOfFolder(Path folder) throws IOException {
    if (isOpen(folder)) {
      return Optional.of(
          "can be replaced by others, who may write its folder: chmod go-w " + folder);
    }
    return stranger(folder)
        .map(
            owner ->
                "can be replaced, since its folder belongs to " + owner + ": chown root " + folder);
  }

  /**
   * In a folder with the sticky bit only owners replace files. A volume that Kubernetes makes of a
   * ConfigMap is a folder open to all, but mounted read-only, which access(2) tells even root.
   */
  private static boolean isOpen(Path folder) throws IOException {
    int mode = number(folder, "mode");
    if ((mode & GROUP_OR_OTHERS_WRITE) == 0 || (mode & STICKY) != 0) {
      return false;
    }
    return (mode & OTHERS_WRITE) == 0 || Files.isWritable(folder);
  }

  private static Optional<String> stranger(Path file) throws IOException {
    int owner = number(file, "uid");
    return owner == ROOT || owner == ourselves() || owner == programsOwner()
        ? Optional.empty()
        : Optional.of("user " + owner + ", neither root nor the one that runs this");
  }

  /** The effective user, of {@code Uid: real effective saved filesystem} in proc(5). */
  private static int ourselves() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status"), ISO_8859_1).stream()
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> Integer.parseUnsignedInt(List.of(line.split("\\s+", -1)).get(2)))
        .findFirst()
        .orElseThrow(() -> new IOException("/proc/self/status has no Uid"));
  }

  /** Its tree may be a developer's, run by root for a try, with the configuration that is in it. */
  private static int programsOwner() throws IOException {
    String home = System.getProperty("fadvised.home", "");
    return home.isEmpty() ? ROOT : number(Path.of(home), "uid");
  }

  private static int number(Path file, String attribute) throws IOException {
    return (Integer) Objects.requireNonNull(Files.getAttribute(file, "unix:" + attribute));
  }
}
