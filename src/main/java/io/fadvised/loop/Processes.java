package io.fadvised.loop;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The processes of a host, as directories of procfs. They may end at any time. */
public final class Processes {
  /** A pid has at most seven digits, see PID_MAX_LIMIT in include/linux/threads.h. */
  private static final String PID = "[0-9]{1,9}";

  private Processes() {}

  /**
   * Returns the directories of all processes, sorted by pid.
   *
   * @param procRoot where procfs is mounted
   * @throws IOException if it cannot be listed
   */
  public static List<Path> in(Path procRoot) throws IOException {
    List<Path> processes = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(procRoot, path -> path.getFileName().toString().matches(PID))) {
      all.forEach(processes::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    processes.sort(
        Comparator.comparingInt(path -> Integer.parseInt(path.getFileName().toString())));
    return processes;
  }

  /**
   * Returns the target of a link of a process, such as {@code ns/mnt}; empty if the process has
   * ended or access is denied.
   */
  public static String link(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
