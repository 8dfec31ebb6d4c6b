package io.fadvised.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Distinguishes a thread that hangs in a system call from one that works or waits for a processor,
 * by {@code /proc/self/task/TID} (proc(5)). A thread that is running or runnable makes progress. So
 * does one that has used processor time, or is in another system call than at the last check.
 */
final class ThreadProgress {
  private static final String RUNNABLE = "R";

  private final Path proc;
  private String last = "";

  /**
   * @param proc where procfs is mounted
   */
  ThreadProgress(Path proc) {
    this.proc = proc;
  }

  /**
   * Returns whether the thread has made progress since the last check.
   *
   * @param thread its directory below procfs, such as {@code 12/task/15}; empty while it waits for
   *     a processor to start
   */
  boolean isMade(Optional<String> thread) {
    if (thread.isEmpty()) {
      return true;
    }
    Path task = proc.resolve(thread.get());
    String state = state(read(task.resolve("stat")));
    String now = read(task.resolve("schedstat")) + read(task.resolve("syscall"));
    boolean moved = !now.equals(last);
    last = now;
    return moved || state.equals(RUNNABLE);
  }

  /** Returns the field after the last parenthesis: the name before it may contain others. */
  private static String state(String stat) {
    int end = stat.lastIndexOf(')');
    return end >= 0 && end + 2 < stat.length() ? stat.substring(end + 2, end + 3) : "";
  }

  /** Returns an empty text if the file is unreadable, which counts as no progress. */
  private static String read(Path file) {
    try {
      return Files.readString(file, ISO_8859_1); // names are any bytes
    } catch (IOException e) {
      return "";
    }
  }
}
