package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.MountTable.Mount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directories that an overlayfs shows as one, from its mount options. Those of another mount
 * namespace, or with a relative path, are not found.
 */
final class OverlayLayers {
  /** The first layer that has a file is the one that overlayfs shows. */
  private static final List<String> OPTIONS =
      List.of("upperdir=", "lowerdir=", "lowerdir+=", "datadir+=");

  private OverlayLayers() {}

  /**
   * Returns the type of the filesystem that holds the data of a file on overlayfs; empty if the
   * layer is not found.
   *
   * @param path of the file below this mount
   * @param stat of the file: the layer's file has its size
   */
  static Optional<FileSystemType> filesystemOf(
      Kernel kernel, Mount mount, BackingPath path, FileStat stat) {
    String top = mount.mountPoint().equals("/") ? "" : mount.mountPoint();
    String root = mount.root().equals("/") ? "" : mount.root();
    String below = root + path.raw().substring(top.length());
    return directories(mount.filesystemOptions()).stream()
        .map(directory -> filesystemAt(kernel, directory + below, stat))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<FileSystemType> filesystemAt(Kernel kernel, String path, FileStat stat) {
    try (OpenFile located = kernel.locate(path.getBytes(ISO_8859_1))) {
      FileStat found = kernel.stat(located);
      return found.isRegularFile() && found.sizeBytes() == stat.sizeBytes()
          ? Optional.of(kernel.fileSystemType(located))
          : Optional.empty();
    } catch (KernelException e) {
      return Optional.empty(); // not in this layer
    }
  }

  private static List<String> directories(String options) {
    List<String> directories = new ArrayList<>();
    for (String option : OPTIONS) {
      for (String given : options.split(",", -1)) {
        if (given.startsWith(option)) {
          directories.addAll(List.of(given.substring(option.length()).split(":", -1)));
        }
      }
    }
    directories.removeIf(directory -> !directory.startsWith("/"));
    return directories;
  }
}
