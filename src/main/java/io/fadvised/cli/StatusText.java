package io.fadvised.cli;

import io.fadvised.cli.Table.Column;
import io.fadvised.engine.DeviceState;
import io.fadvised.loop.Printable;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** Formats the host and its loop devices as text. */
final class StatusText {
  private static final String UNKNOWN = "?";
  private static final String EXCLUDED = DeviceState.EXCLUDED.label();

  /** Less would be shown as 0.00. */
  private static final double MIN_GIB_HOURS = 0.005;

  private final HostStatus status;
  private final List<DeviceStatus> shown;
  private final int width;

  /**
   * @param shown the devices to show
   * @param width in columns
   */
  StatusText(HostStatus status, List<DeviceStatus> shown, int width) {
    this.status = status;
    this.shown = shown;
    this.width = width;
  }

  List<String> lines(Grouping grouping) {
    List<String> lines = new ArrayList<>(header());
    lines.add("");
    if (grouping == Grouping.CONTAINER) {
      lines.addAll(ContainerText.table(status.containers(), width));
      return lines;
    }
    if (status.devices().isEmpty()) {
      lines.add(
          status.problems().isEmpty()
              ? "No loop device is attached on this host."
              : "No loop device could be read.");
    } else if (shown.isEmpty()) {
      lines.add("None of these devices is in the status yet.");
    } else {
      lines.addAll(table());
    }
    status.problems().stream()
        .map(problem -> "unreadable: " + problem)
        .flatMap(problem -> Lines.wrapped(problem, width).stream())
        .forEach(lines::add);
    return lines;
  }

  private List<String> header() {
    List<String> lines = new ArrayList<>();
    lines.add("Memory       " + memory());
    lines.addAll(field("Pressure", pressure()));
    String containers = ContainerText.summary(status.containers());
    if (!containers.isEmpty()) {
      lines.addAll(field("Containers", containers));
    }
    lines.add("Lower cache  " + lowerCache());
    if (status.daemon().isPresent()) {
      lines.add("Released     " + released());
      String givenBack = givenBack();
      if (!givenBack.isEmpty()) {
        lines.addAll(field("Given back", givenBack));
      }
      lines.addAll(field("Woken by", status.wokenBy()));
      lines.addAll(field("Daemon", words(status.daemon().get())));
    }
    return lines;
  }

  private List<String> field(String name, String words) {
    List<String> lines = new ArrayList<>();
    for (String line : Lines.wrapped(words, width - 13)) {
      lines.add((lines.isEmpty() ? String.format("%-13s", name) : " ".repeat(13)) + line);
    }
    return lines;
  }

  private String memory() {
    return status.memoryBytes().isEmpty() || status.availableBytes().isEmpty()
        ? "unavailable"
        : Bytes.text(status.availableBytes().getAsLong())
            + " available of "
            + Bytes.text(status.memoryBytes().getAsLong());
  }

  /** Gives a word for the severity before the figures. */
  private String pressure() {
    double level = status.pressure();
    if (level == 0) {
      return "none";
    }
    String words = level < 0.25 ? "slight" : level < 0.6 ? "noticeable" : "high";
    return String.format(
        Locale.ROOT, "%s, %.0f %% (%s)", words, 100 * level, status.pressureReason());
  }

  private String lowerCache() {
    boolean allExcluded =
        !status.devices().isEmpty()
            && status.devices().stream().allMatch(device -> device.state().equals(EXCLUDED));
    return allExcluded
        ? "not measured: every device is excluded"
        : (status.residentIsLowerBound() ? "at least " : "")
            + Bytes.text(status.residentBytes())
            + " resident, budget "
            + Bytes.text(status.budgetBytes());
  }

  private String released() {
    String returned =
        status.returnedBytes() == 0
            ? ""
            : ", about " + Bytes.text(status.returnedBytes()) + " of it read back";
    String released = status.releasedBytes() == 0 ? "nothing" : Bytes.text(status.releasedBytes());
    return released + " since the daemon started" + returned;
  }

  /** Returns the benefit and its cost, without the figures that are 0. */
  private String givenBack() {
    List<String> figures = new ArrayList<>();
    if (status.givenBackBytes() > 0) {
      figures.add("up to " + Bytes.text(status.givenBackBytes()) + " at present");
    }
    if (status.givenBackGibHours() >= MIN_GIB_HOURS) {
      figures.add(
          String.format(
              Locale.ROOT, "%.2f GiB hours since the daemon started", status.givenBackGibHours()));
    }
    if (status.adviceCalls() > 0) {
      figures.add(
          String.format(
              Locale.ROOT,
              "%,d posix_fadvise calls took %,d ms",
              status.adviceCalls(),
              status.adviceMillis()));
    }
    return String.join("; ", figures);
  }

  private String words(Instance instance) {
    return "process "
        + instance.pid()
        + ", version "
        + instance.version()
        + ", "
        + instance.configFile().map(Printable::of).orElse("default settings")
        + state();
  }

  private String state() {
    if (status.paused()) {
      return "; paused: polls the host, sweeps no device";
    }
    return status.dryRun() ? "; dry run: decides, evicts nothing" : "";
  }

  private List<String> table() {
    Table table = new Table(width, columns().toArray(Column[]::new));
    shown.forEach(device -> table.add(note(device), cells(device).toArray(String[]::new)));
    return table.lines();
  }

  private String note(DeviceStatus device) {
    StringBuilder note = new StringBuilder();
    if (device.measuredSinceSweep()) { // the words of the reason have the figure of the sweep
      note.append("last sweep, ").append(Ages.text(device.secondsSinceSweep())).append(" ago: ");
    }
    note.append(device.reason());
    age(device).ifPresent(words -> note.append("; measured ").append(words));
    if (!device.directIoFinding().isEmpty()) {
      note.append("; ").append(device.directIoFinding());
    }
    return note.toString();
  }

  /** Returns the age of a measurement; a device without I/O is not measured again. */
  private Optional<String> age(DeviceStatus device) {
    long seconds = device.secondsSinceMeasurement().orElse(0);
    return status.daemon().isPresent()
            && !device.ioSinceMeasurement()
            && seconds >= Ages.SECONDS_FROM_MINUTES
        ? Optional.of(Ages.text(device.secondsSinceMeasurement()) + " ago")
        : Optional.empty();
  }

  private List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.ofText("DEVICE"));
    columns.add(Column.ofNumbers("SIZE"));
    columns.add(Column.ofNumbers("RESIDENT"));
    if (status.daemon().isPresent()) {
      columns.add(Column.ofNumbers("RELEASED"));
    }
    columns.add(Column.ofText("DIRECT I/O"));
    columns.add(Column.ofText("STATE"));
    columns.add(Column.ofText("BACKING FILE"));
    return columns;
  }

  private List<String> cells(DeviceStatus device) {
    List<String> cells = new ArrayList<>();
    cells.add(device.device());
    cells.add(Bytes.text(device.sizeBytes()));
    cells.add(bytes(device.residentBytes()) + error(device) + oldness(device));
    if (status.daemon().isPresent()) {
      cells.add(Bytes.text(device.releasedBytes()));
    }
    cells.add(device.directIo().map(on -> on ? "on" : "off").orElse("none"));
    cells.add(device.state());
    cells.add(device.backingFile());
    return cells;
  }

  /** Returns the error of an estimate; empty for an exact count. */
  private static String error(DeviceStatus device) {
    long error = device.residencyErrorBytes().orElse(0);
    return error == 0 ? "" : " ±" + Bytes.text(error);
  }

  /** Returns the age of a figure that later I/O may have changed. */
  private static String oldness(DeviceStatus device) {
    return device.ioSinceMeasurement()
        ? ", " + Ages.text(device.secondsSinceMeasurement()) + " old"
        : "";
  }

  private static String bytes(OptionalLong bytes) {
    return bytes.isPresent() ? Bytes.text(bytes.getAsLong()) : UNKNOWN;
  }
}
