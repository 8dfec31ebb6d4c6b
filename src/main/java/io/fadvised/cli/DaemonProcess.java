package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Checks in /proc that a process is a fadvised daemon before it is attached to. Attaching sends
 * SIGQUIT, which kills a process that is not a JVM, such as one that reused a stale process number.
 */
final class DaemonProcess {
  private static final String PACKAGE = "io.fadvised.";
  private static final String CLI = PACKAGE + "cli.Main";
  private static final String RUN = "run";
  private static final int SIGQUIT = 3;

  private final Path procRoot;

  DaemonProcess(Path procRoot) {
    this.procRoot = procRoot;
  }

  /** Returns whether it runs our daemon as our user and, like every JVM, handles SIGQUIT. */
  boolean isDaemon(long process) {
    Path directory = procRoot.resolve(Long.toString(process));
    try {
      String commandLine = Files.readString(directory.resolve("cmdline"), ISO_8859_1);
      String status = Files.readString(directory.resolve("status"), ISO_8859_1);
      return runsDaemon(List.of(commandLine.split("\0")))
          && catchesQuit(status)
          && isOurs(status, Files.readString(procRoot.resolve("self/status"), ISO_8859_1));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Accepts {@code java … io.fadvised.cli.Main run} and {@code jsvc … io.fadvised.FadvisedDaemon}.
   */
  static boolean runsDaemon(List<String> commandLine) {
    int main = 0;
    while (main < commandLine.size() && !commandLine.get(main).startsWith(PACKAGE)) {
      main++;
    }
    if (main == commandLine.size()) {
      return false;
    }
    boolean isCli = commandLine.get(main).equals(CLI);
    return !isCli || commandLine.subList(main + 1, commandLine.size()).contains(RUN);
  }

  /** Rejects processes of other users, which could return any JMX address. */
  private static boolean isOurs(String status, String own) {
    return effectiveUser(status).isPresent() && effectiveUser(status).equals(effectiveUser(own));
  }

  /** Parses {@code Uid: real effective saved filesystem}, see proc(5). */
  private static Optional<String> effectiveUser(String status) {
    return lines(status)
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> List.of(line.strip().split("\\s+")))
        .filter(fields -> fields.size() > 2)
        .map(fields -> fields.get(2))
        .findFirst();
  }

  /** Tests SigCgt, see proc(5): bit 0 is signal 1. */
  private static boolean catchesQuit(String status) {
    return lines(status)
        .filter(line -> line.startsWith("SigCgt:"))
        .map(line -> line.substring("SigCgt:".length()).strip())
        .filter(mask -> mask.matches("[0-9a-f]{1,16}"))
        .map(mask -> Long.parseUnsignedLong(mask, 16))
        .anyMatch(mask -> (mask & (1L << (SIGQUIT - 1))) != 0);
  }

  /**
   * Splits at newlines only. A process chooses its own name, and the kernel escapes no other line
   * separator in it.
   */
  private static Stream<String> lines(String status) {
    return Stream.of(status.split("\n", -1));
  }
}
