package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Describes the terminal on standard output, and whether standard error is one. */
final class Terminal {
  /** Applies if the width is unknown. */
  static final int DEFAULT_COLUMNS = 80;

  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int MIN_COLUMNS = 60;
  private static final int MAX_COLUMNS = 200;

  private final Supplier<Optional<String>> width;
  private final boolean interactive;
  private final boolean errorInteractive;

  private Terminal(
      Supplier<Optional<String>> width, boolean interactive, boolean errorInteractive) {
    this.width = width;
    this.interactive = interactive;
    this.errorInteractive = errorInteractive;
  }

  /** Returns a terminal of a fixed width that is not interactive; for tests. */
  static Terminal ofColumns(int columns) {
    return new Terminal(() -> Optional.of(Integer.toString(columns)), false, false);
  }

  /**
   * Takes the width from {@code COLUMNS}, or else from the terminal on standard output. A pipe or a
   * file gets the maximum width.
   */
  static Terminal ofThisProcess(Map<String, String> environment) {
    return new Terminal(
        () ->
            Optional.ofNullable(environment.get("COLUMNS"))
                .or(
                    () ->
                        onDescriptor(STANDARD_OUTPUT)
                            .map(Terminal::askStty)
                            .orElse(Optional.of(Integer.toString(MAX_COLUMNS)))),
        onDescriptor(STANDARD_OUTPUT).isPresent(),
        onDescriptor(STANDARD_ERROR).isPresent());
  }

  /** Returns whether standard output is a terminal. */
  boolean isInteractive() {
    return interactive;
  }

  /** Returns whether standard error is a terminal. */
  boolean isErrorInteractive() {
    return errorInteractive;
  }

  /** Returns the width in columns, 60 to 200. */
  int columns() {
    return width.get().map(Terminal::parse).orElse(DEFAULT_COLUMNS);
  }

  private static int parse(String columns) {
    try {
      int number = Integer.parseInt(columns.strip());
      return number <= 0 ? DEFAULT_COLUMNS : Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, number));
    } catch (NumberFormatException e) {
      return DEFAULT_COLUMNS;
    }
  }

  /** Returns the device of the terminal; empty if the descriptor is not one. */
  private static Optional<Path> onDescriptor(int descriptor) {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      String name = target.toString();
      boolean terminal = name.startsWith("/dev/pts/") || name.startsWith("/dev/tty");
      return terminal ? Optional.of(target) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Parses "rows columns", the output of {@code stty size}. */
  private static Optional<String> askStty(Path terminal) {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(terminal.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(1, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return Optional.empty();
      }
      String size = new String(stty.getInputStream().readAllBytes(), US_ASCII).strip();
      int blank = size.indexOf(' ');
      return blank < 0 ? Optional.empty() : Optional.of(size.substring(blank + 1));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
