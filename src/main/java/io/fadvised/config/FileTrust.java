package io.fadvised.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
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
  private static final Path USUAL = Path.of("/etc/fadvised");
  private static final int ROOT = 0;
  private static final int GROUP_OR_OTHERS_WRITE = 0022;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;
  private static final int MOST_LINKS = 40; // the kernel's own bound, path_resolution(7)

  private FileTrust() {}

  /** What is wrong, if somebody else can. The file exists; it may be a link. */
  public static Optional<String> obstacle(Path file) throws IOException {
    Optional<String> obstacle = obstacleOf(file);
    if (obstacle.isPresent()) {
      return obstacle;
    }
    for (Path folder : foldersOf(file)) {
      Optional<String> open = obstacleOfFolder(folder);
      if (open.isPresent()) {
        return open;
      }
    }
    return Optional.empty();
  }

  /**
   * All in which a name is looked up on the way to the file, as path_resolution(7) says, the last
   * one first: who may write one of them can put another file or folder in the place of the next.
   */
  private static List<Path> foldersOf(Path file) throws IOException {
    Set<Path> folders = new LinkedHashSet<>();
    Deque<Path> names = new ArrayDeque<>();
    Path at = file.toAbsolutePath().getRoot();
    push(file.toAbsolutePath(), names);
    int links = 0;
    while (!names.isEmpty()) {
      Path next = at.resolve(names.pop()).normalize(); // no links are in it, so this is the parent
      folders.add(at);
      if (Files.isSymbolicLink(next)) {
        if (++links > MOST_LINKS) {
          throw new FileSystemLoopException(file.toString());
        }
        Path target = Files.readSymbolicLink(next);
        at = target.isAbsolute() ? target.getRoot() : at;
        push(target, names);
      } else {
        at = next;
      }
    }
    List<Path> lastFirst = new ArrayList<>(folders);
    Collections.reverse(lastFirst);
    return lastFirst;
  }

  /** In front of those that are to be looked up already. */
  private static void push(Path path, Deque<Path> names) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      names.push(path.getName(i));
    }
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
          "can be replaced by others, who may write a folder above it: chmod go-w "
              + folder
              + orMove(folder));
    }
    return stranger(folder)
        .map(
            owner ->
                "can be replaced, since a folder above it belongs to "
                    + owner
                    + ": chown root "
                    + folder
                    + orMove(folder));
  }

  /**
   * Not every folder can be closed; elsewhere than above the usual place, the file can be moved.
   */
  private static String orMove(Path folder) {
    return USUAL.startsWith(folder) ? "" : ", or move the file to " + USUAL;
  }

  /**
   * In a folder with the sticky bit only owners replace files. A volume that Kubernetes makes of a
   * ConfigMap is a folder open to all, but mounted read-only, which access(2) tells even root. That
   * alone says little: to a service with ProtectSystem=strict nearly every folder is read-only.
   */
  private static boolean isOpen(Path folder) throws IOException {
    int mode = number(folder, "mode");
    if ((mode & GROUP_OR_OTHERS_WRITE) == 0 || (mode & STICKY) != 0) {
      return false;
    }
    return (mode & OTHERS_WRITE) == 0 || Files.isWritable(folder) || !isMount(folder);
  }

  private static boolean isMount(Path folder) throws IOException {
    return !attribute(folder, "dev").equals(attribute(folder.resolve(".."), "dev"));
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
    return (Integer) attribute(file, attribute);
  }

  private static Object attribute(Path file, String attribute) throws IOException {
    return Objects.requireNonNull(Files.getAttribute(file, "unix:" + attribute));
  }
}
