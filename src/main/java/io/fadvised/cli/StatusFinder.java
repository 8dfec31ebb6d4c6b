package io.fadvised.cli;

import io.fadvised.cli.HostMeasurement.Measured;
import io.fadvised.config.Settings;
import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Gets the status from the daemon, or else measures the host. */
final class StatusFinder {
  /** The daemon measures when it is asked, unless it is busy. */
  private static final Duration OLD = Duration.ofSeconds(2);

  /** A tick takes at most a few seconds, so an older status means that it is hung. */
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
   * @param note explains the origin to the reader; may be empty
   * @param exitCode of the command
   */
  record Findings(HostStatus host, String note, int exitCode) {
    /** Formats it as text of {@code width} columns, with a table of devices or of containers. */
    List<String> lines(List<DeviceStatus> devices, Grouping grouping, int width) {
      List<String> lines = new ArrayList<>();
      if (!note.isEmpty()) {
        lines.addAll(Lines.wrapped(note, width));
        lines.add("");
      }
      lines.addAll(new StatusText(host, devices, width).lines(grouping));
      return lines;
    }
  }

  /** Finds the status, with the volumes of containers. */
  Findings find() throws CommandFailedException, InterruptedException {
    Findings found = findHost();
    LoopMountPoints mounts = new LoopMountPoints(world.procRoot(), world.sysRoot());
    return new Findings(found.host().withVolumes(mounts), found.note(), found.exitCode());
  }

  private Findings findHost() throws CommandFailedException, InterruptedException {
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
      Optional<HostStatus> host = answer.get().status();
      if (host.isPresent() && host.get().daemon().isPresent()) {
        String note = age(Instant.parse(host.get().at()), Instant.now());
        return new Findings(host.get(), note, ExitCodes.DONE);
      }
      return measureInstead("the daemon reports: " + answer.get().words());
    } catch (DaemonUnavailableException e) {
      return measureInstead(e.words());
    } catch (DateTimeException e) {
      return measureInstead("the daemon returned an invalid time: " + e.getMessage());
    }
  }

  /** Returns whether the status is so old that the daemon must be hung. */
  static boolean isStale(Instant at, Instant now) {
    return Duration.between(at, now).compareTo(STALE) >= 0;
  }

  /** Returns a note if the status is older than 2 s, else an empty string. */
  static String age(Instant at, Instant now) {
    Duration age = Duration.between(at, now);
    if (age.compareTo(OLD) < 0) {
      return "";
    }
    return "status is "
        + age.toSeconds()
        + (isStale(at, now)
            ? " s old: the daemon is hung, or the clock was changed"
            : " s old: the daemon is busy");
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
    Settings settings = settings();
    HostMeasurement measurement = new HostMeasurement(world.host().get());
    if (!world.terminal().isErrorInteractive()) {
      return findings(measurement.measure(settings, (measured, devices) -> {}), note, exitCode);
    }
    endAtInterrupt(Thread.currentThread());
    try (ProgressLine progress = new ProgressLine(err, System::nanoTime)) {
      return findings(measurement.measure(settings, progress), note, exitCode);
    }
  }

  private static Findings findings(Measured measured, String note, int exitCode) {
    return measured.isComplete()
        ? new Findings(measured.host(), note, exitCode)
        : new Findings(measured.host(), "interrupted; " + note, ExitCodes.INTERRUPTED);
  }

  /** Makes Ctrl-C end the measurement, so that its figures are shown; a second one exits. */
  private static void endAtInterrupt(Thread measuring) {
    AtomicBoolean isInterrupted = new AtomicBoolean();
    Signals.handle(
        "INT",
        () -> {
          if (isInterrupted.getAndSet(true)) {
            Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
          }
          measuring.interrupt();
        });
  }
}
