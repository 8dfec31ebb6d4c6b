package io.fadvised.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host, and fadvised as it was packaged. */
final class Shell {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Shell() {}

  /** Runs a program that must succeed; returns its output, stripped. */
  static String run(Object... command) throws IOException, InterruptedException {
    Typed typed = attempt(command);
    if (typed.exitCode() != 0) {
      throw new AssertionError(List.of(command) + ": " + typed);
    }
    return typed.out().strip();
  }

  static Typed attempt(Object... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("fadvised-it-", ".out");
    Path err = Files.createTempFile("fadvised-it-", ".err");
    try {
      Process process =
          new ProcessBuilder(words(command))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + ": still running after " + PATIENCE);
      }
      return new Typed(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  static Typed fadvised(Object... arguments) throws IOException, InterruptedException {
    List<Object> command = new ArrayList<>(List.of(launcher()));
    command.addAll(List.of(arguments));
    return attempt(command.toArray());
  }

  /**
   * fadvised, about to be started with both outputs in one file. A shell that starts its jobs in
   * the background has them ignore SIGINT, and children inherit that: undone by env(1).
   */
  static ProcessBuilder fadvisedInto(Path output, Object... arguments) {
    List<Object> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP", launcher()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(words(command.toArray()))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile());
  }

  static String launcher() {
    return Path.of(System.getProperty("fadvised.home"), "bin", "fadvised").toString();
  }

  private static List<String> words(Object... command) {
    return List.of(command).stream().map(Object::toString).toList();
  }
}
