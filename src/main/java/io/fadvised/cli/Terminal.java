package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fadvised.linux.FileIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Describes the terminal on standard output, and whether the other two streams are one. */
final class Terminal {
  /** Applies if the width is unknown. */
  static final int DEFAULT_COLUMNS = 80;

  /** UNIX98_PTY_SLAVE_MAJOR and the seven after it, include/uapi/linux/major.h. */
  private static final int FIRST_PTS_MAJOR = 136;

  private static final int LAST_PTS_MAJOR = 143;

  private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");
  private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private static final int MIN_COLUMNS = 60;
  private static final int MAX_COLUMNS = 200;

  private final Supplier<Optional<String>> width;
  private final boolean interactive;
  private final boolean errorInteractive;
  private final boolean inputInteractive;

  Terminal(
      Supplier<Optional<String>> width,
      boolean interactive,
      boolean errorInteractive,
      boolean inputInteractive) {
    this.width = width;
    this.interactive = interactive;
    this.errorInteractive = errorInteractive;
    this.inputInteractive = inputInteractive;
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
                        isTerminal(STANDARD_OUTPUT)
                            ? askStty()
                            : Optional.of(Integer.toString(MAX_COLUMNS))),
        isTerminal(STANDARD_OUTPUT),
        isTerminal(STANDARD_ERROR),
        isTerminal(STANDARD_INPUT));
  }

  /** Returns whether standard output is a terminal. */
  boolean isInteractive() {
    return interactive;
  }

  /** Returns whether an operator can answer: standard input and output are terminals. */
  boolean canAsk() {
    return interactive && inputInteractive;
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

  /**
   * Returns whether a descriptor is a terminal. The name of one from another mount namespace is
   * that of another device here, or none; its number is always right.
   */
  static boolean isTerminal(Path descriptor) {
    try {
      String name = Files.readSymbolicLink(descriptor).toString();
      if (name.startsWith("/dev/pts/") || name.startsWith("/dev/tty")) {
        return true;
      }
      long device = (Long) Files.getAttribute(descriptor, "unix:rdev");
      int major =
          Integer.parseInt(new FileIdentity(device, 0).deviceText().replaceFirst(":.*", ""));
      return major >= FIRST_PTS_MAJOR && major <= LAST_PTS_MAJOR;
    } catch (IOException e) {
      return false;
    }
  }

  /** Parses "rows columns", the output of {@code stty size}. */
  private static Optional<String> askStty() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(STANDARD_OUTPUT.toFile()) // opens the same terminal, whatever its name
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
