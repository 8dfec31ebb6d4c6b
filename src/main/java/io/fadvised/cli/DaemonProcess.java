package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells from /proc whether a process is a fadvised daemon that may be attached to. Attaching sends
 * SIGQUIT, which ends a process that is no JVM: a number in a stale file must never be enough.
 */
final class DaemonProcess {
  private static final String PACKAGE = "io.fadvised.";
  private static final String CLI = PACKAGE + "cli.Main";
  private static final String RUN = "run";
  private static final int SIGQUIT = 3;

  private final Path procRoot;

  /** Reads below one root, which in tests is a folder of fixtures. */
  DaemonProcess(Path procRoot) {
    this.procRoot = procRoot;
  }

  /** Whether it runs a main class of ours as a daemon, and handles SIGQUIT as JVMs do. */
  boolean isDaemon(long process) {
    Path folder = procRoot.resolve(Long.toString(process));
    try {
      String commandLine = Files.readString(folder.resolve("cmdline"), ISO_8859_1);
      String status = Files.readString(folder.resolve("status"), ISO_8859_1);
      return runsDaemon(List.of(commandLine.split("\0")))
          && catchesQuit(status)
          && isOurs(status, Files.readString(procRoot.resolve("self/status"), ISO_8859_1));
    } catch (IOException e) {
      return false;
    }
  }

  /** {@code …java … io.fadvised.cli.Main run}, or {@code jsvc … io.fadvised.FadvisedDaemon}. */
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

  /**
   * Whether it belongs to the user that we are. Another user's could answer with an address that
   * leads anywhere.
   */
  private static boolean isOurs(String status, String own) {
    return effectiveUser(status).isPresent() && effectiveUser(status).equals(effectiveUser(own));
  }

  /** {@code Uid: real effective saved filesystem}. */
  private static Optional<String> effectiveUser(String status) {
    return lines(status)
        .filter(line -> line.startsWith("Uid:"))
        .map(line -> List.of(line.strip().split("\\s+")))
        .filter(fields -> fields.size() > 2)
        .map(fields -> fields.get(2))
        .findFirst();
  }

  /** SigCgt, proc(5): bit 0 is signal 1. */
  private static boolean catchesQuit(String status) {
    return lines(status)
        .filter(line -> line.startsWith("SigCgt:"))
        .map(line -> line.substring("SigCgt:".length()).strip())
        .filter(mask -> mask.matches("[0-9a-f]{1,16}"))
        .map(mask -> Long.parseUnsignedLong(mask, 16))
        .anyMatch(mask -> (mask & (1L << (SIGQUIT - 1))) != 0);
  }

  /**
   * Ended by a newline alone: the kernel escapes no other end of a line in the name, which any
   * process gives itself.
   */
  private static Stream<String> lines(String status) {
    return Stream.of(status.split("\n", -1));
  }
}
