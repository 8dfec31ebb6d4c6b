package io.fadvised.cli;

import io.fadvised.engine.DeviceState;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Health of the daemon, as plugins of Nagios report it.
 *
 * @param text one line
 * @param figures performance data; empty without a status
 */
record Health(State state, String text, String figures) {
  /** The thresholds of the alert FadvisedOverBudget. */
  private static final double MIN_PRESSURE = 0.5;

  private static final int MAX_BUDGETS = 2;
  private static final int MAX_NAMES = 5;

  private static final Set<String> OUT_OF_REACH =
      labels(
          DeviceState.UNREACHABLE,
          DeviceState.DELETED,
          DeviceState.QUARANTINED,
          DeviceState.FAILED);

  /** The others need no eviction, or are excluded from it. */
  private static final Set<String> WITHIN_REACH =
      labels(
          DeviceState.NEW,
          DeviceState.MANAGED,
          DeviceState.IDLE,
          DeviceState.PAUSED,
          DeviceState.SHARED);

  /** The states of Nagios, with its exit codes and those of node-problem-detector. */
  enum State {
    OK(0, 0),
    WARNING(1, 1),
    CRITICAL(2, 1),
    UNKNOWN(3, 2);

    final int exitCode;
    final int npdCode;

    State(int exitCode, int npdCode) {
      this.exitCode = exitCode;
      this.npdCode = npdCode;
    }
  }

  static Health critical(String text) {
    return new Health(State.CRITICAL, text, "");
  }

  static Health unknown(String text) {
    return new Health(State.UNKNOWN, text, "");
  }

  /** Judges a status of the daemon at the time {@code now}. */
  static Health of(HostStatus status, Instant now) {
    Instant at = Instant.parse(status.at());
    if (StatusFinder.isStale(at, now)) {
      return new Health(State.CRITICAL, StatusFinder.age(at, now), figures(status));
    }
    List<DeviceStatus> lost = devicesIn(OUT_OF_REACH, status);
    if (!lost.isEmpty() && devicesIn(WITHIN_REACH, status).isEmpty()) {
      return new Health(
          State.CRITICAL, "no device can be evicted: " + names(lost), figures(status));
    }
    List<String> warnings = warnings(status, lost);
    return warnings.isEmpty()
        ? new Health(State.OK, summary(status), figures(status))
        : new Health(State.WARNING, String.join("; ", warnings), figures(status));
  }

  /**
   * Returns whether the lower cache is far over its budget while memory is short. That is normal
   * for a few sweeps after the budget shrank.
   */
  static boolean isOverBudget(HostStatus status) {
    return status.pressure() > MIN_PRESSURE
        && status.residentBytes() > MAX_BUDGETS * status.budgetBytes();
  }

  private static List<String> warnings(HostStatus status, List<DeviceStatus> lost) {
    List<String> warnings = new ArrayList<>();
    if (!lost.isEmpty()) {
      warnings.add("backing file out of reach: " + names(lost));
    }
    if (!status.problems().isEmpty()) {
      int count = status.problems().size();
      warnings.add(
          count
              + (count == 1 ? " device unreadable: " : " devices unreadable: ")
              + status.problems().get(0));
    }
    List<DeviceStatus> thrashing = devicesIn(Set.of(DeviceState.PAUSED.label()), status);
    if (!thrashing.isEmpty()) {
      warnings.add("eviction paused, pages were read back: " + names(thrashing));
    }
    if (isOverBudget(status)) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "over budget: %s at a pressure of %.0f %%",
              use(status),
              100 * status.pressure()));
    }
    if (status.paused()) {
      warnings.add("paused: run \"fadvised resume\"");
    }
    return warnings;
  }

  private static String summary(HostStatus status) {
    int count = status.devices().size();
    return count
        + (count == 1 ? " device, " : " devices, ")
        + use(status)
        + ", "
        + Bytes.text(status.releasedBytes())
        + " released"
        + (status.dryRun() ? "; dry run: evicts nothing" : "");
  }

  private static String use(HostStatus status) {
    return Bytes.text(status.residentBytes())
        + " resident, budget "
        + Bytes.text(status.budgetBytes());
  }

  /** The unit {@code c} is a counter, and the threshold 0 allows none. */
  private static String figures(HostStatus status) {
    return String.format(
        Locale.ROOT,
        "devices=%d;;;0 unreachable=%d;0;;0 thrashing=%d;0;;0 resident=%dB;;;0 budget=%dB;;;0"
            + " pressure=%.2f;;;0;1 released=%dc returned=%dc",
        status.devices().size(),
        devicesIn(OUT_OF_REACH, status).size(),
        devicesIn(Set.of(DeviceState.PAUSED.label()), status).size(),
        status.residentBytes(),
        status.budgetBytes(),
        status.pressure(),
        status.releasedBytes(),
        status.returnedBytes());
  }

  /** Names the devices, and the reason of the first. */
  private static String names(List<DeviceStatus> devices) {
    String names =
        devices.stream()
            .limit(MAX_NAMES)
            .map(DeviceStatus::device)
            .collect(Collectors.joining(", "));
    int more = devices.size() - MAX_NAMES;
    return names + (more > 0 ? " and " + more + " more" : "") + ": " + devices.get(0).reason();
  }

  private static List<DeviceStatus> devicesIn(Set<String> states, HostStatus status) {
    return status.devices().stream().filter(device -> states.contains(device.state())).toList();
  }

  private static Set<String> labels(DeviceState... states) {
    return Set.of(states).stream().map(DeviceState::label).collect(Collectors.toSet());
  }

  Health withoutFigures() {
    return new Health(state, text, "");
  }

  /** Formats the line; a bar would begin the performance data. */
  String line() {
    return "FADVISED "
        + state
        + " - "
        + text.replace('|', '/')
        + (figures.isEmpty() ? "" : " | " + figures);
  }
}
