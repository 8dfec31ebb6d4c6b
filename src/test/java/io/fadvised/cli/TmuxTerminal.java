package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A real terminal, that of tmux, in which the delivered program is used. */
final class TmuxTerminal {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicInteger OPENED = new AtomicInteger();

  private final Path pidFile;
  private final Path written;

  /** A new one each time: a tmux server that was told to end takes new sessions for a moment. */
  private String socket = "none";

  /**
   * @param folder for what the program writes
   * @param pidFile of the daemon that the program shall ask
   */
  TmuxTerminal(Path folder, Path pidFile) {
    this.pidFile = pidFile;
    written = folder.resolve("written");
  }

  /** Something to wait for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Runs the program in a shell of its own, which says how it ended and stays. */
  void open(int width, int height, String arguments) throws IOException, InterruptedException {
    openAs("screen", width, height, arguments);
  }

  void openAs(String type, int width, int height, String arguments)
      throws IOException, InterruptedException {
    String command =
        "trap : INT; TERM='%s' FADVISED_PID_FILE='%s' '%s' %s; echo \"exit code $?\"; sleep 60"
            .formatted(type, pidFile, Shell.launcher(), arguments);
    socket = "fadvised-it-%d-%d".formatted(ProcessHandle.current().pid(), OPENED.incrementAndGet());
    List<Object> words = new ArrayList<>(List.of("env", "LC_ALL=C.UTF-8", "tmux", "-L", socket));
    words.addAll(List.of("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height));
    words.addAll(List.of("sh", "-c", command));
    words.addAll(List.of(";", "pipe-pane", "cat >'" + written + "'"));
    Shell.run(words.toArray());
  }

  void resize(int width, int height) throws IOException, InterruptedException {
    tmux("resize-window", "-x", width, "-y", height);
  }

  void press(String... keys) throws IOException, InterruptedException {
    List<Object> words = new ArrayList<>(List.of("send-keys"));
    words.addAll(Arrays.asList(keys));
    tmux(words.toArray());
  }

  /** What tmux knows of the terminal, by its formats. */
  String known(String format) throws IOException, InterruptedException {
    return tmux("display", "-p", format);
  }

  /** What somebody sees now; empty before it is open. */
  String screen() throws IOException, InterruptedException {
    return Shell.attempt("tmux", "-L", socket, "capture-pane", "-p").out();
  }

  /** All bytes that came from the program so far. */
  byte[] written() throws IOException {
    return Files.readAllBytes(written);
  }

  void await(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + PATIENCE + ": " + what + "\n" + screen());
      }
      Thread.sleep(50);
    }
  }

  /** Ends whatever runs in it. */
  void end() throws IOException, InterruptedException {
    Shell.attempt("tmux", "-L", socket, "kill-server");
  }

  private String tmux(Object... arguments) throws IOException, InterruptedException {
    List<Object> words = new ArrayList<>(List.of("tmux", "-L", socket));
    words.addAll(Arrays.asList(arguments));
    return Shell.run(words.toArray());
  }
}
