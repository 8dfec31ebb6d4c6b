package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Where standard output goes, and how wide that is. */
final class Terminal {
  /** What a table is fitted to where nobody says how wide the output is. */
  static final int DEFAULT_COLUMNS = 80;

  private static final int LEAST_COLUMNS = 60;
  private static final int MOST_COLUMNS = 200;

  private final Supplier<Optional<String>> width;
  private final boolean interactive;

  private Terminal(Supplier<Optional<String>> width, boolean interactive) {
    this.width = width;
    this.interactive = interactive;
  }

  /** Of a given width, for tests. */
  static Terminal ofColumns(int columns) {
    return new Terminal(() -> Optional.of(Integer.toString(columns)), false);
  }

  /**
   * Asks {@code COLUMNS}, then the terminal that standard output is connected to; for another
   * program, or a file, nothing is cut short.
   */
  static Terminal ofThisProcess(Map<String, String> environment) {
    return new Terminal(
        () ->
            Optional.ofNullable(environment.get("COLUMNS"))
                .or(
                    () ->
                        standardOutput()
                            .map(Terminal::askStty)
                            .orElse(Optional.of(Integer.toString(MOST_COLUMNS)))),
        standardOutput().isPresent());
  }

  /** Whether somebody looks at the output while it comes. */
  boolean isInteractive() {
    return interactive;
  }

  /** The width in columns, 60 to 200. */
  int columns() {
    return width.get().map(Terminal::parse).orElse(DEFAULT_COLUMNS);
  }

  private static int parse(String columns) {
    try {
      int number = Integer.parseInt(columns.strip());
      return number <= 0
          ? DEFAULT_COLUMNS
          : Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, number));
    } catch (NumberFormatException e) {
      return DEFAULT_COLUMNS;
    }
  }

  /** Empty if standard output is no terminal. */
  private static Optional<Path> standardOutput() {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      String name = target.toString();
      boolean terminal = name.startsWith("/dev/pts/") || name.startsWith("/dev/tty");
      return terminal ? Optional.of(target) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** "rows columns", as stty(1) says it of its standard input. */
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
