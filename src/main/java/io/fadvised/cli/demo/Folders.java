package io.fadvised.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Chooses a folder whose files can be evicted. */
final class Folders {
  /** Their files live in memory, or in a cache of their own: eviction has no effect there. */
  private static final Set<String> WITHOUT_PAGE_CACHE =
      Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs", "zfs");

  private final PrintWriter out;
  private final List<Path> others;

  /**
   * @param out told why a folder is not used
   * @param others to be used if the one wanted cannot be
   */
  Folders(PrintWriter out, List<Path> others) {
    this.out = out;
    this.others = others;
  }

  static Folders usual(PrintWriter out) {
    return new Folders(out, List.of(Path.of("/var/tmp"), Path.of("").toAbsolutePath()));
  }

  /**
   * The folder wanted, or the first other one that will do.
   *
   * @throws IOException if there is none
   */
  Path choose(Path wanted) throws IOException {
    List<Path> candidates = new ArrayList<>(List.of(wanted));
    candidates.addAll(others);
    for (Path folder : candidates) {
      String obstacle = obstacle(folder);
      if (obstacle.isEmpty()) {
        if (!folder.equals(wanted)) {
          out.println("Using " + folder + " instead.");
          out.println();
        }
        return folder;
      }
      out.println(folder + " " + obstacle + ".");
    }
    throw new IOException("no usable directory found; name one with --dir");
  }

  /** The filesystem's type, as the mount table names it. */
  static String filesystem(Path folder) throws IOException {
    return Files.getFileStore(folder).type();
  }

  private static String obstacle(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return "is not a directory";
    }
    if (!Files.isWritable(folder)) {
      return "is not writable";
    }
    FileStore store = Files.getFileStore(folder);
    return WITHOUT_PAGE_CACHE.contains(store.type())
        ? "is on " + store.type() + ", whose files cannot be evicted from the page cache"
        : "";
  }
}
