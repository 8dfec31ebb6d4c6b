package io.fadvised.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Checks, as sshd does for its files, that only trusted users can change or replace a file: by
 * owner and mode of the file and of every directory above it. Trusted users are root, the user of
 * this process, and the owner of the program.
 */
final class FileTrust {
  private static final Path USUAL = Path.of("/etc/fadvised");
  private static final int ROOT = 0;
  private static final int GROUP_OR_OTHERS_WRITE = 0022;
  private static final int STICKY = 01000;

  private FileTrust() {}

  /**
   * Returns the reason why an existing file is not trusted; empty if it is.
   *
   * @param file from {@link Path#toRealPath}; the caller must read the file by this path
   */
  static Optional<String> obstacle(Path file) throws IOException {
    Optional<String> obstacle = obstacleOfFile(file);
    for (Path directory = file.getParent();
        directory != null && obstacle.isEmpty();
        directory = directory.getParent()) {
      obstacle = obstacleOfDirectory(directory);
    }
    return obstacle;
  }

  private static Optional<String> obstacleOfFile(Path file) throws IOException {
    if (isWritableByOthers(file)) {
      return Optional.of("is writable by group or others: chmod go-w " + file);
    }
    return stranger(file).map(owner -> "is owned by " + owner + ": chown root " + file);
  }

  private static Optional<String> obstacleOfDirectory(Path directory) throws IOException {
    String orMove = USUAL.startsWith(directory) ? "" : ", or move the file to " + USUAL;
    if (isWritableByOthers(directory) && !isSticky(directory) && !isReadOnlyMount(directory)) {
      return Optional.of(
          "is below %s, which is writable by group or others: chmod go-w %1$s%s"
              .formatted(directory, orMove));
    }
    return stranger(directory)
        .map(
            owner ->
                "is below %s, which is owned by %s: chown root %1$s%s"
                    .formatted(directory, owner, orMove));
  }

  private static boolean isWritableByOthers(Path file) throws IOException {
    return (number(file, "mode") & GROUP_OR_OTHERS_WRITE) != 0;
  }

  /** In a sticky directory such as /tmp only owners replace their files. */
  private static boolean isSticky(Path directory) throws IOException {
    return (number(directory, "mode") & STICKY) != 0;
  }

  /**
   * Kubernetes mounts a ConfigMap as a directory with mode 0777 on a read-only mount, where
   * access(2) fails even for root. With ProtectSystem=strict it fails everywhere; the root of a
   * mount differs in its device from the directory above it.
   */
  private static boolean isReadOnlyMount(Path directory) throws IOException {
    return !Files.isWritable(directory)
        && !attribute(directory, "dev").equals(attribute(directory.resolve(".."), "dev"));
  }

  private static Optional<String> stranger(Path file) throws IOException {
    int owner = number(file, "uid");
    return owner == ROOT || owner == effectiveUser() || owner == ownerOfProgram()
        ? Optional.empty()
        : Optional.of("user " + owner + ", not by root or the user that runs this");
  }

  /** From {@code Uid: real effective saved filesystem} in proc(5). */
  private static int effectiveUser() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status"), ISO_8859_1).stream()
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> Integer.parseUnsignedInt(List.of(line.split("\\s+", -1)).get(2)))
        .findFirst()
        .orElseThrow(() -> new IOException("/proc/self/status has no Uid"));
  }

  /** Covers a developer's tree that root runs with the configuration in it. */
  private static int ownerOfProgram() throws IOException {
    String home = System.getProperty("fadvised.home", "");
    return home.isEmpty() ? ROOT : number(Path.of(home), "uid");
  }

  private static int number(Path file, String attribute) throws IOException {
    return (Integer) attribute(file, attribute);
  }

  private static Object attribute(Path file, String attribute) throws IOException {
    return Objects.requireNonNull(Files.getAttribute(file, "unix:" + attribute));
  }
}
