package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host and the packaged fadvised. */
final class Shell {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private Shell() {}

  /** Runs a program that must succeed, and returns its output, stripped. */
  static String run(Object... command) throws IOException, InterruptedException {
    CommandResult result = attempt(command);
    if (result.exitCode() != 0) {
      throw new AssertionError(List.of(command) + ": " + result);
    }
    return result.out().strip();
  }

  /** Repeats a program that fails while another one, such as udev, has the device open. */
  static void runWhenFree(Object... command) throws IOException, InterruptedException {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (System.nanoTime() - end < 0) {
      if (attempt(command).exitCode() == 0) {
        return;
      }
      Thread.sleep(20);
    }
    run(command);
  }

  static CommandResult attempt(Object... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("fadvised-it-", ".out");
    Path err = Files.createTempFile("fadvised-it-", ".err");
    try {
      Process process =
          new ProcessBuilder(words(command))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + ": still running after " + TIMEOUT);
      }
      return new CommandResult(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  static CommandResult fadvised(Object... arguments) throws IOException, InterruptedException {
    List<Object> command = new ArrayList<>(List.of(launcher()));
    command.addAll(List.of(arguments));
    return attempt(command.toArray());
  }

  /** Returns the control socket of daemons that log into a directory. */
  static Path socketIn(Path directory) {
    return directory.resolve("sock");
  }

  /** Asks the daemon that logs into a directory. */
  static CommandResult ask(Path directory, Object... arguments)
      throws IOException, InterruptedException {
    List<Object> command =
        new ArrayList<>(List.of("env", "FADVISED_SOCKET=" + socketIn(directory), launcher()));
    command.addAll(List.of(arguments));
    return attempt(command.toArray());
  }

  /**
   * Returns a builder for fadvised with both outputs in one file. env(1) resets SIGINT, which a
   * shell's background jobs ignore and their children inherit.
   */
  static ProcessBuilder fadvisedInto(Path output, Object... arguments) {
    List<Object> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP", launcher()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(words(command.toArray()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("FADVISED_SOCKET", socketIn(output.getParent()).toString());
    return builder;
  }

  static String launcher() {
    return Path.of(System.getProperty("fadvised.home"), "bin", "fadvised").toString();
  }

  private static List<String> words(Object... command) {
    return List.of(command).stream().map(Object::toString).toList();
  }
}
