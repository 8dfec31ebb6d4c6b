package io.fadvised.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Chooses a writable directory whose files are in the page cache. */
final class Directories {
  /** Files of these filesystems are in memory or in another cache; eviction has no effect. */
  private static final Set<String> WITHOUT_PAGE_CACHE =
      Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs", "zfs");

  private final PrintWriter out;
  private final List<Path> others;

  /**
   * @param out receives the reason if a directory is not used
   * @param others tried in order after the wanted one
   */
  Directories(PrintWriter out, List<Path> others) {
    this.out = out;
    this.others = others;
  }

  static Directories usual(PrintWriter out) {
    return new Directories(out, List.of(Path.of("/var/tmp"), Path.of("").toAbsolutePath()));
  }

  /**
   * Returns the wanted directory, or the first of the others that is usable.
   *
   * @throws IOException if none is usable
   */
  Path choose(Path wanted) throws IOException {
    List<Path> candidates = new ArrayList<>(List.of(wanted));
    candidates.addAll(others);
    for (Path directory : candidates) {
      String obstacle = obstacle(directory);
      if (obstacle.isEmpty()) {
        if (!directory.equals(wanted)) {
          out.println("Using " + directory + " instead.");
          out.println();
        }
        return directory;
      }
      out.println(directory + " " + obstacle + ".");
    }
    throw new IOException("no usable directory found; name one with --dir");
  }

  private static String obstacle(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return "is not a directory";
    }
    if (!Files.isWritable(directory)) {
      return "is not writable";
    }
    FileStore store = Files.getFileStore(directory);
    return WITHOUT_PAGE_CACHE.contains(store.type())
        ? "is on " + store.type() + ", whose files cannot be evicted from the page cache"
        : "";
  }
}
