package io.fadvised.cli;

import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.Doctor;
import io.fadvised.doctor.Findings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Examines the host. On a terminal it shows the time that has passed. */
final class Examination {
  private static final int MAX_SECONDS = 60;

  private final World world;
  private final PrintWriter err;

  Examination(World world, PrintWriter err) {
    this.world = world;
    this.err = err;
  }

  /** Rejects a value of --seconds that is out of range. */
  static void requireSeconds(int seconds, CommandLine commandLine) {
    if (seconds < 1 || seconds > MAX_SECONDS) {
      throw new ParameterException(
          commandLine, "--seconds " + seconds + " is not between 1 and " + MAX_SECONDS);
    }
  }

  /**
   * Examines the host with nothing from an earlier examination.
   *
   * @param seconds how long to watch; 0 for figures without rates
   * @param wanted whether to examine a device, by name
   * @throws IOException if the loop devices cannot be listed
   */
  Findings run(int seconds, Predicate<String> wanted) throws IOException, InterruptedException {
    return new Doctor(
            world.host().get(),
            world.directIo().get(),
            world.devices(),
            world.sysRoot(),
            world.procRoot(),
            world.searchPath())
        .examine(Duration.ofSeconds(seconds), wanted, soFar -> printProgress(soFar, seconds));
  }

  /** Examines one device without watching it. */
  DeviceFindings device(String name)
      throws IOException, InterruptedException, CommandFailedException {
    return only(run(0, name::equals), name);
  }

  /** Returns the findings on one device, or fails with the reason why there are none. */
  static DeviceFindings only(Findings findings, String name) throws CommandFailedException {
    if (findings.devices().size() != 1) {
      throw new CommandFailedException(
          findings.problems().isEmpty()
              ? name + ": nothing is attached to " + name
              : String.join("; ", findings.problems()));
    }
    return findings.devices().get(0);
  }

  /** Updates one line and clears it at the end. */
  private void printProgress(Duration soFar, int seconds) {
    if (!world.terminal().isInteractive()) {
      return;
    }
    boolean over = soFar.toSeconds() >= seconds;
    err.print(
        over
            ? "\r" + " ".repeat(40) + "\r"
            : "\rwatching: " + soFar.toSeconds() + " of " + seconds + " s");
    err.flush();
  }
}
