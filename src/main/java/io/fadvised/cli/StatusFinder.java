package io.fadvised.cli;

import io.fadvised.config.Settings;
import io.fadvised.metrics.ControlMXBean;
import io.fadvised.status.HostStatus;
import io.fadvised.status.StatusJson;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds out what there is to know: from the daemon, else by a look of its own. */
final class StatusFinder {
  /** An idle daemon ticks every five seconds; one that has not for so long hangs. */
  private static final Duration STALE = Duration.ofSeconds(30);

  private final World world;
  private final SettingsOptions options;
  private final PrintWriter err;

  /**
   * @param options with any of them no daemon is asked
   * @param err where a configuration that cannot be used is told of
   */
  StatusFinder(World world, SettingsOptions options, PrintWriter err) {
    this.world = world;
    this.options = options;
    this.err = err;
  }

  /**
   * What is known.
   *
   * @param host the host and its devices
   * @param fromDaemon whether a daemon said so
   * @param note what the reader must know about where it comes from; may be empty
   */
  record Findings(HostStatus host, boolean fromDaemon, String note) {
    /** For people, on a terminal of that width. */
    List<String> lines(int width) {
      List<String> lines = new ArrayList<>();
      if (!note.isEmpty()) {
        lines.addAll(Lines.wrapped(note, width));
        lines.add("");
      }
      lines.addAll(new StatusText(host, fromDaemon, width).lines());
      return lines;
    }
  }

  Findings find() throws CommandFailedException, InterruptedException {
    if (options.isGiven()) {
      return look("measured now with the given settings, without the daemon; nothing is evicted");
    }
    Optional<Long> process = world.daemons().find();
    if (process.isEmpty()) {
      return look(
          "no daemon that this user can reach is running: measured now, nothing is evicted");
    }
    try {
      String status = world.daemons().ask(process.get(), ControlMXBean::status);
      HostStatus host = StatusJson.parseHost(status);
      return new Findings(host, true, age(Instant.parse(host.at()), Instant.now()));
    } catch (NoAnswerException e) {
      return look(e.words() + ": measured now, nothing is evicted");
    } catch (IllegalArgumentException | IllegalStateException | DateTimeException e) {
      return look(
          "the daemon (process "
              + process.get()
              + ") returned an invalid status ("
              + e.getMessage()
              + "): measured now, nothing is evicted");
    }
  }

  /** Says that figures are old, if they are. */
  static String age(Instant at, Instant now) {
    Duration age = Duration.between(at, now);
    return age.compareTo(STALE) < 0
        ? ""
        : "status is " + age.toSeconds() + " s old: the daemon is hung, or the clock was changed";
  }

  /** A broken file that nobody asked for must not keep the operator from seeing the host. */
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

  private Findings look(String note) throws CommandFailedException, InterruptedException {
    return new Findings(new HostLook(world.host().get()).look(settings()), false, note);
  }
}
