package io.fadvised.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host. The test fails with the output if a program fails or hangs. */
final class Commands {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private Commands() {}

  /**
   * The result of a program.
   *
   * @param status its exit status
   * @param output its standard output, without the final newline
   * @param errors its standard error
   */
  record Outcome(int status, String output, String errors) {}

  /** Runs a program to its end, and returns its output without the final newline. */
  static String run(Object... command) {
    Outcome outcome = attempt(command);
    if (outcome.status() != 0) {
      throw new AssertionError(
          "%s: exit status %d%n%s%n%s"
              .formatted(words(command), outcome.status(), outcome.output(), outcome.errors()));
    }
    return outcome.output();
  }

  /** Runs a program that may fail. */
  static Outcome attempt(Object... command) {
    try {
      Path output = Files.createTempFile("fadvised-it-", ".out");
      Path errors = Files.createTempFile("fadvised-it-", ".err");
      try {
        // files, not pipes, because a surviving child would keep a pipe open
        Process process =
            builder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
        if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(
              words(command) + ": still running after " + TIMEOUT + "\n" + text(errors));
        }
        return new Outcome(process.exitValue(), text(output).stripTrailing(), text(errors));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(words(command).toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + words(command), e);
    }
  }

  /** Waits for udev, which opens each new or changed device for a moment, if it runs here. */
  static void awaitUdev() {
    attempt("sh", "-c", "[ ! -e /run/udev/control ] || udevadm settle");
  }

  /** Returns a builder for a program with a plain environment. */
  static ProcessBuilder builder(Object... command) {
    ProcessBuilder builder = new ProcessBuilder(words(command));
    builder.environment().put("LC_ALL", "C");
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    return builder;
  }

  private static List<String> words(Object... command) {
    return List.of(command).stream().map(Object::toString).toList();
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file);
  }
}
