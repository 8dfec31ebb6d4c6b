package io.fadvised.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells a thread that hangs in a system call from one that works or waits for a processor, by
 * {@code /proc/self/task/TID} (proc(5)): the thread has made progress if it is running or runnable,
 * has used processor time, or is in another system call than at the last look.
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
   * Whether the thread has made progress since the last look.
   *
   * @param thread its directory below procfs, such as {@code 12/task/15}; empty before it runs:
   *     then it waits for a processor
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

  /** The field behind the name, which may contain anything but its last parenthesis. */
  private static String state(String stat) {
    int end = stat.lastIndexOf(')');
    return end >= 0 && end + 2 < stat.length() ? stat.substring(end + 2, end + 3) : "";
  }

  /** Empty where the kernel does not tell: then it never moves. */
  private static String read(Path file) {
    try {
      return Files.readString(file, ISO_8859_1); // names are any bytes
    } catch (IOException e) {
      return "";
    }
  }
}
