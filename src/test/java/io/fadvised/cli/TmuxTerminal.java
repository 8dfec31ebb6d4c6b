package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs the packaged program in a tmux terminal. */
final class TmuxTerminal {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final AtomicInteger OPENED = new AtomicInteger();

  private final Path daemonSocket;
  private final Path written;

  /** New for each terminal, because an ending tmux server still accepts sessions for a moment. */
  private String socket = "none";

  /**
   * @param directory for the output of the program
   * @param daemonSocket of the daemon that the program asks
   */
  TmuxTerminal(Path directory, Path daemonSocket) {
    this.daemonSocket = daemonSocket;
    written = directory.resolve("written");
  }

  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Runs the program in a new shell, which then prints the exit code and stays. */
  void open(int width, int height, String arguments) throws IOException, InterruptedException {
    openAs("screen", width, height, arguments);
  }

  void openAs(String type, int width, int height, String arguments)
      throws IOException, InterruptedException {
    start(type, "", width, height, arguments);
  }

  /** Runs the program by another one, such as unshare(1). */
  void openWithin(String wrapper, int width, int height, String arguments)
      throws IOException, InterruptedException {
    start("screen", wrapper, width, height, arguments);
  }

  private void start(String type, String wrapper, int width, int height, String arguments)
      throws IOException, InterruptedException {
    String command =
        "trap : INT; TERM='%s' FADVISED_SOCKET='%s' %s '%s' %s; echo \"exit code $?\"; sleep 60"
            .formatted(type, daemonSocket, wrapper, Shell.launcher(), arguments);
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

  /** Sends a signal to the program. */
  void signal(String name) throws IOException, InterruptedException {
    ProcessHandle shell = ProcessHandle.of(Long.parseLong(format("#{pane_pid}"))).orElseThrow();
    for (ProcessHandle program : shell.children().toList()) {
      Shell.run("kill", "-" + name, program.pid());
    }
  }

  /** Evaluates a tmux format, see FORMATS in tmux(1). */
  String format(String format) throws IOException, InterruptedException {
    return tmux("display", "-p", format);
  }

  /** Returns the visible text; empty before the terminal is open. */
  String screen() throws IOException, InterruptedException {
    return Shell.attempt("tmux", "-L", socket, "capture-pane", "-p").out();
  }

  /** Returns all bytes that the program has written. */
  byte[] written() throws IOException {
    return Files.readAllBytes(written);
  }

  void await(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + TIMEOUT + ": " + what + "\n" + screen());
      }
      Thread.sleep(50);
    }
  }

  /** Ends the server and the program in it. */
  void end() throws IOException, InterruptedException {
    Shell.attempt("tmux", "-L", socket, "kill-server");
  }

  private String tmux(Object... arguments) throws IOException, InterruptedException {
    List<Object> words = new ArrayList<>(List.of("tmux", "-L", socket));
    words.addAll(Arrays.asList(arguments));
    return Shell.run(words.toArray());
  }
}
