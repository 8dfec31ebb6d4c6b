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

/** A directory with the files of sysfs for loop devices. */
public final class SysFixture {
  private final Path root;
  private long nextDiskSequence = 1;

  public SysFixture(Path root) {
    this.root = root;
    createDirectories(root.resolve("block"));
  }

  public Path root() {
    return root;
  }

  /** Creates a loop device without a file. */
  public void unattached(String name) {
    set(name, "size", "0");
    set(name, "ro", "0");
    set(name, "queue/logical_block_size", "512");
  }

  /**
   * Attaches a file with a new diskseq and buffered I/O; replaces an earlier one.
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

  /** Detaches the file: removes the attributes and changes diskseq; the device remains. */
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

  /** Removes the whole tree. */
  public void unmount() {
    deleteTree(root);
  }

  /** Writes an attribute with a newline, as sysfs does. */
  public void set(String name, String attribute, String value) {
    write(name, attribute, value + "\n");
  }

  /** Writes an attribute without adding a newline. */
  public void write(String name, String attribute, String content) {
    try {
      Path file = attribute(name, attribute);
      createDirectories(file.getParent());
      Files.write(file, content.getBytes(ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes attributes, as on older kernels. */
  public void without(String name, String... attributes) {
    Arrays.stream(attributes).forEach(each -> deleteTree(attribute(name, each)));
  }

  /** Replaces an attribute by a directory, so that it exists but reading it fails. */
  public void makeUnreadable(String name, String attribute) {
    without(name, attribute);
    createDirectories(attribute(name, attribute));
  }

  private Path attribute(String name, String attribute) {
    return root.resolve("block").resolve(name).resolve(attribute);
  }

  private static void createDirectories(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a file or a directory tree, if it exists. */
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
