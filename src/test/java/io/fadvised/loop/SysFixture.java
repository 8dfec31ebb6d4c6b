package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that looks like sysfs, as far as loop devices go. */
public final class SysFixture {
  private final Path root;
  private long nextDiskSequence = 1;

  public SysFixture(Path root) {
    this.root = root;
    makeFolder(root.resolve("block"));
  }

  public Path root() {
    return root;
  }

  /** A loop device that nothing is attached to. */
  public void unattached(String name) {
    set(name, "size", "0");
    set(name, "ro", "0");
    set(name, "queue/logical_block_size", "512");
  }

  /**
   * Attaches a file, in place of an earlier one, with a new diskseq and buffered I/O.
   *
   * @param path one char for each byte
   */
  public void attach(String name, String path, long sizeBytes) {
    unattached(name);
    set(name, "size", Long.toString(sizeBytes / 512));
    set(name, "loop/backing_file", path);
    set(name, "loop/offset", "0");
    set(name, "loop/sizelimit", "0");
    set(name, "loop/autoclear", "0");
    set(name, "loop/partscan", "0");
    set(name, "loop/dio", "0");
    set(name, "diskseq", Long.toString(nextDiskSequence++));
  }

  /** Detaches: the attributes go, diskseq changes, the device stays. */
  public void detach(String name) {
    deleteTree(root.resolve("block").resolve(name).resolve("loop"));
    set(name, "size", "0");
    if (Files.exists(attribute(name, "diskseq"))) {
      set(name, "diskseq", Long.toString(nextDiskSequence++));
    }
  }

  /** Removes the device itself, as LOOP_CTL_REMOVE does. */
  public void remove(String name) {
    deleteTree(root.resolve("block").resolve(name));
  }

  /** Takes everything away. */
  public void unmount() {
    deleteTree(root);
  }

  /** Writes an attribute, with the newline that sysfs puts behind it. */
  public void set(String name, String attribute, String value) {
    write(name, attribute, value + "\n");
  }

  /** Writes an attribute as it is. */
  public void write(String name, String attribute, String content) {
    try {
      Path file = attribute(name, attribute);
      makeFolder(file.getParent());
      Files.write(file, content.getBytes(ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes attributes away, as on kernels that do not have them. */
  public void without(String name, String... attributes) {
    Arrays.stream(attributes).forEach(each -> deleteTree(attribute(name, each)));
  }

  /** Puts a folder in an attribute's place: it is there, and reading it fails. */
  public void makeUnreadable(String name, String attribute) {
    without(name, attribute);
    makeFolder(attribute(name, attribute));
  }

  private Path attribute(String name, String attribute) {
    return root.resolve("block").resolve(name).resolve(attribute);
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a file or a directory with all below it, if it is there. */
  public static void deleteTree(Path tree) {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
