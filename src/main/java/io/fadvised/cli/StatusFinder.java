package io.fadvised.cli;

import io.fadvised.config.Settings;
import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gets the status from the daemon, or else measures the host. */
final class StatusFinder {
  /** An idle daemon ticks every 5 s, so an older status means that it is hung. */
  private static final Duration STALE = Duration.ofSeconds(30);

  private final World world;
  private final SettingsOptions options;
  private final PrintWriter err;

  /**
   * @param options if any is given, no daemon is asked
   * @param err for the problems of an invalid configuration
   */
  StatusFinder(World world, SettingsOptions options, PrintWriter err) {
    this.world = world;
    this.options = options;
    this.err = err;
  }

  /**
   * A status and its origin.
   *
   * @param fromDaemon whether the daemon reported it
   * @param note explains the origin to the reader; may be empty
   * @param exitCode of the command
   */
  record Findings(HostStatus host, boolean fromDaemon, String note, int exitCode) {
    /** Formats it as text of {@code width} columns, with these devices. */
    List<String> lines(List<DeviceStatus> devices, int width) {
      List<String> lines = new ArrayList<>();
      if (!note.isEmpty()) {
        lines.addAll(Lines.wrapped(note, width));
        lines.add("");
      }
      lines.addAll(new StatusText(host, devices, fromDaemon, width).lines());
      return lines;
    }
  }

  Findings find() throws CommandFailedException, InterruptedException {
    if (options.isGiven()) {
      return measure(
          "measured now with the given settings, without the daemon; nothing is evicted");
    }
    try {
      Optional<Answer> answer = world.daemon().ask(Request.STATUS);
      if (answer.isEmpty()) {
        return measure(
            "no daemon that this user can reach is running: measured now, nothing is evicted");
      }
      if (answer.get().host().isPresent()) {
        HostStatus host = answer.get().host().get().showing(answer.get().devices());
        String note = age(Instant.parse(host.at()), Instant.now());
        return new Findings(host, true, note, ExitCodes.DONE);
      }
      return measureInstead("the daemon reports: " + answer.get().words());
    } catch (DaemonUnavailableException e) {
      return measureInstead(e.words());
    } catch (DateTimeException e) {
      return measureInstead("the daemon returned an invalid time: " + e.getMessage());
    }
  }

  /** Returns a note if the status is older than 30 s, else an empty string. */
  static String age(Instant at, Instant now) {
    Duration age = Duration.between(at, now);
    return age.compareTo(STALE) < 0
        ? ""
        : "status is " + age.toSeconds() + " s old: the daemon is hung, or the clock was changed";
  }

  /** Loads the settings. An invalid file is an error only if it was named by an option. */
  Settings settings() throws CommandFailedException {
    try {
      return options.load(world.configFiles()).settings();
    } catch (CommandFailedException e) {
      if (options.isGiven()) {
        throw e;
      }
      e.sentences().forEach(problem -> err.println("fadvised: " + problem));
      err.println("fadvised: invalid configuration, using the defaults");
      return SettingsOptions.load(Optional.empty(), List.of()).settings();
    }
  }

  private Findings measure(String note) throws CommandFailedException, InterruptedException {
    return measure(note, ExitCodes.DONE);
  }

  /** Measures because the daemon cannot be asked, which is a failure. */
  private Findings measureInstead(String why) throws CommandFailedException, InterruptedException {
    return measure(why + ": measured now, nothing is evicted", ExitCodes.FAILED);
  }

  private Findings measure(String note, int exitCode)
      throws CommandFailedException, InterruptedException {
    HostStatus host = new HostMeasurement(world.host().get()).measure(settings());
    return new Findings(host, false, note, exitCode);
  }
}
