package io.fadvised.directio;

import io.fadvised.loop.Processes;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the programs that keep mounts of a device busy, by names alone: does not call into a
 * filesystem. A program that only maps a file is not noticed, and other mount namespaces are left
 * to {@link ForeignMounts}.
 */
public final class MountUsers {
  private final Path procRoot;
  private final List<Path> points;

  private MountUsers(Path procRoot, List<Path> points) {
    this.procRoot = procRoot;
    this.points = points;
  }

  /**
   * Returns the programs whose open files, programs or directories are on the mounts of a device,
   * such as "nginx (pid 812)"; the first five by name.
   */
  public static List<String> of(Attachment attachment, Path procRoot) {
    List<Path> points = attachment.mounts().stream().map(mount -> Path.of(mount.point())).toList();
    return points.isEmpty() ? List.of() : new MountUsers(procRoot, points).find();
  }

  private List<String> find() {
    List<String> found = new ArrayList<>();
    String namespace = Processes.link(procRoot.resolve("self/ns/mnt"));
    try {
      for (Path process : Processes.in(procRoot)) {
        if (Processes.link(process.resolve("ns/mnt")).equals(namespace) && uses(process)) {
          found.add(OpenerReader.words(process));
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return DeviceUsers.shortened(found.stream().sorted().toList());
  }

  private boolean uses(Path process) {
    for (String name : List.of("cwd", "root", "exe")) {
      if (isOnAMount(process.resolve(name))) {
        return true;
      }
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (isOnAMount(file)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return false; // ended, or not permitted
    }
    return false;
  }

  private boolean isOnAMount(Path link) {
    String target = Processes.link(link);
    return target.startsWith("/") && points.stream().anyMatch(Path.of(target)::startsWith);
  }
}
