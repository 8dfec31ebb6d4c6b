package io.fadvised.cli.top;

import io.fadvised.cli.Ages;
import io.fadvised.cli.ContainerText;
import io.fadvised.cli.Lines;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Lays out the view as lines of a terminal. Pure. */
final class Screen {
  private static final int MIN_WIDTH = 40;
  private static final int MIN_HEIGHT = 10;
  private static final int LABEL_WIDTH = 13;
  private static final int BAR_WIDTH = 14;
  private static final int MIN_DETAIL_ROWS = 4;
  private static final int HEIGHT_FOR_ALL_SOURCES = 20;

  /** Lower values would be shown as 0 %. */
  private static final double MIN_PRESSURE = 0.005;

  private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
  private static final AttributedStyle BOLD = PLAIN.bold();
  private static final AttributedStyle HEADING = PLAIN.inverse();

  private static final String SELECTED_MARK = "> ";
  private static final String NO_MARK = "  ";

  private final AttributedStyle good;
  private final AttributedStyle warning;
  private final AttributedStyle bad;
  private final Graphs graphs;
  private final int width;
  private final int height;

  /**
   * @param colour whether colours may be used
   * @param width in columns
   * @param height in rows
   */
  Screen(Graphs graphs, boolean colour, int width, int height) {
    good = colour ? PLAIN.foreground(AttributedStyle.GREEN) : PLAIN;
    warning = colour ? PLAIN.foreground(AttributedStyle.YELLOW) : BOLD;
    bad = colour ? PLAIN.foreground(AttributedStyle.RED) : BOLD;
    this.graphs = graphs;
    this.width = width;
    this.height = height;
  }

  /**
   * Returns one line for each row of the terminal.
   *
   * @param source the name of the status source
   * @param message the effect of the last key, or a failure; may be empty
   */
  List<AttributedString> lines(
      HostStatus host, History history, View view, String source, String message) {
    if (width < MIN_WIDTH || height < MIN_HEIGHT) {
      return fitted(tooSmall());
    }
    List<AttributedString> lines = new ArrayList<>(head(host, history, view, source));
    List<DeviceStatus> shown = view.of(host.devices());
    int room = height - lines.size() - 2; // without the heading and the last line
    List<AttributedString> detail = detail(shown, history, view, room - 1);
    lines.addAll(table(shown, history, view, room - detail.size()));
    while (lines.size() < height - detail.size() - 1) {
      lines.add(AttributedString.EMPTY);
    }
    lines.addAll(detail);
    lines.add(last(host, view, message));
    return fitted(lines);
  }

  /** Returns the lines to show before the first status. */
  List<AttributedString> waiting(String source, String message) {
    return fitted(
        List.of(styled("fadvised top: waiting for " + source, BOLD), styled(message, warning)));
  }

  /**
   * Returns the list of the keys.
   *
   * @param takesOrders whether a daemon runs
   */
  List<AttributedString> help(boolean takesOrders) {
    List<AttributedString> lines = new ArrayList<>();
    lines.add(styled("fadvised top: keys", BOLD));
    lines.add(AttributedString.EMPTY);
    Keys.ALL.forEach(line -> lines.add(styled(line, PLAIN)));
    if (takesOrders) {
      Keys.ORDERS.forEach(line -> lines.add(styled(line, PLAIN)));
    }
    lines.add(AttributedString.EMPTY);
    lines.add(styled("Any key returns.", PLAIN));
    return fitted(lines);
  }

  private List<AttributedString> tooSmall() {
    return List.of(
        styled("too small: needs", warning),
        styled(MIN_WIDTH + " columns and", warning),
        styled(MIN_HEIGHT + " rows", warning),
        styled("q quits", PLAIN));
  }

  private List<AttributedString> head(HostStatus host, History history, View view, String source) {
    List<AttributedString> lines = new ArrayList<>();
    lines.add(
        new AttributedStringBuilder()
            .append("fadvised top  ", BOLD)
            .append(timeOf(host.at()) + " UTC  " + source)
            .append(state(host, view), warning)
            .toAttributedString());
    lines.add(memory(host));
    lines.add(
        gauge("Pressure", host.pressure(), pressureStyle(host.pressure()), pressureWords(host)));
    Lines.wrapped(sources(host), width - LABEL_WIDTH).stream()
        .limit(height < HEIGHT_FOR_ALL_SOURCES ? 1 : Integer.MAX_VALUE)
        .forEach(line -> lines.add(styled(" ".repeat(LABEL_WIDTH) + line, PLAIN)));
    String containers = ContainerText.summary(host.containers());
    if (!containers.isEmpty() && height >= HEIGHT_FOR_ALL_SOURCES) {
      lines.add(styled(label("Containers") + containers, warning));
    }
    lines.add(lowerCache(host, history));
    lines.add(styled(label("Released") + released(host), PLAIN));
    lines.add(AttributedString.EMPTY);
    return lines;
  }

  private static String state(HostStatus host, View view) {
    return (host.paused() ? "  PAUSED" : "")
        + (host.dryRun() ? "  DRY RUN" : "")
        + (view.frozen() ? "  FROZEN" : "");
  }

  private AttributedString memory(HostStatus host) {
    if (host.memoryBytes().isEmpty() || host.availableBytes().isEmpty()) {
      return styled(label("Memory") + "unavailable", warning);
    }
    long total = host.memoryBytes().getAsLong();
    long available = host.availableBytes().getAsLong();
    double used = total == 0 ? 0 : 1 - (double) available / total;
    return gauge(
        "Memory", used, PLAIN, Bytes.text(available) + " available of " + Bytes.text(total));
  }

  private AttributedString lowerCache(HostStatus host, History history) {
    long budget = host.budgetBytes();
    double share = budget == 0 ? 0 : (double) host.residentBytes() / budget;
    String words =
        (host.residentIsLowerBound() ? "at least " : "")
            + Bytes.text(host.residentBytes())
            + " of "
            + Bytes.text(budget)
            + " budget  ";
    int room = Math.max(0, Math.min(40, width - LABEL_WIDTH - BAR_WIDTH - 2 - words.length()));
    return gauge(
        "Lower cache",
        share,
        share > 1 ? warning : good,
        words + graphs.sparkline(history.resident(), room));
  }

  private AttributedString gauge(String name, double share, AttributedStyle style, String words) {
    return new AttributedStringBuilder()
        .append(label(name))
        .append(graphs.bar(share, BAR_WIDTH), style)
        .append("  " + words)
        .toAttributedString();
  }

  private AttributedStyle pressureStyle(double pressure) {
    return pressure < 0.25 ? good : pressure < 0.6 ? warning : bad;
  }

  private static String pressureWords(HostStatus host) {
    if (host.pressure() == 0) {
      return "none";
    }
    return String.format(Locale.ROOT, "%.0f %%  %s", 100 * host.pressure(), host.pressureReason());
  }

  /** Lists the sources of pressure, highest first. Without any, it is the figure behind that. */
  private static String sources(HostStatus host) {
    String pressing =
        host.pressureSources().stream()
            .filter(source -> source.pressure() >= MIN_PRESSURE)
            .map(
                source ->
                    String.format(
                        Locale.ROOT, "%s %.0f %%", source.source(), 100 * source.pressure()))
            .collect(Collectors.joining(", "));
    if (!pressing.isEmpty()) {
      return pressing;
    }
    return host.pressure() == 0 ? host.pressureReason() : "no source at present";
  }

  /** Returns the figures that are not 0. */
  private static String released(HostStatus host) {
    if (host.releasedBytes() == 0) {
      return host.daemon().isPresent() ? "nothing since the daemon started" : "nothing";
    }
    return Bytes.text(host.releasedBytes())
        + (host.returnedBytes() == 0
            ? ""
            : ", about " + Bytes.text(host.returnedBytes()) + " of it read back")
        + (host.givenBackBytes() == 0
            ? ""
            : "; up to " + Bytes.text(host.givenBackBytes()) + " given back now");
  }

  private List<AttributedString> table(
      List<DeviceStatus> shown, History history, View view, int rows) {
    boolean hasAges = shown.stream().anyMatch(DeviceStatus::ioSinceMeasurement);
    List<Column> columns = Column.fitting(width - NO_MARK.length(), hasAges);
    List<AttributedString> lines = new ArrayList<>();
    lines.add(styled(padded(NO_MARK + Column.heading(columns)), HEADING));
    int selected = view.selectedOf(shown);
    int first = Math.max(0, Math.min(selected - rows + 1, shown.size() - rows));
    for (int i = first; i < Math.min(shown.size(), first + rows); i++) {
      DeviceStatus device = shown.get(i);
      List<Long> past = history.resident(device.device());
      String row = Column.row(columns, new Column.Row(device, past, graphs));
      AttributedStyle style = style(device);
      lines.add(
          i == selected ? styled(SELECTED_MARK + row, style.bold()) : styled(NO_MARK + row, style));
    }
    if (shown.isEmpty()) {
      lines.add(
          styled(
              view.filter().isEmpty()
                  ? "no loop device is attached"
                  : "no device matches \"" + view.filter() + "\"",
              PLAIN));
    }
    return lines;
  }

  private AttributedStyle style(DeviceStatus device) {
    return switch (device.state()) {
      case "unreachable", "deleted", "quarantined", "failed" -> bad;
      case "paused" -> warning;
      default -> PLAIN;
    };
  }

  /** Returns up to a third of the rows, at least 4; one row stays for a device. */
  private List<AttributedString> detail(
      List<DeviceStatus> shown, History history, View view, int maxRows) {
    if (!view.detail() || shown.isEmpty()) {
      return List.of();
    }
    int rows = Math.min(maxRows, Math.max(MIN_DETAIL_ROWS, height / 3));
    DeviceStatus device = shown.get(view.selectedOf(shown));
    List<AttributedString> lines = new ArrayList<>();
    lines.add(styled(padded(device.device() + "  " + device.backingFile()), HEADING));
    lines.addAll(wrapped(facts(device)));
    if (!device.directIoFinding().isEmpty()) {
      lines.addAll(wrapped(device.directIoFinding()));
    }
    for (History.Decision decision : history.decisions(device.device())) {
      List<AttributedString> words = decisionLines(decision);
      if (lines.size() + words.size() > rows) {
        break; // no half sentences
      }
      lines.addAll(words);
    }
    return lines.subList(0, Math.min(rows, lines.size()));
  }

  /** Prefixes the first line with the time and indents the others. */
  private List<AttributedString> decisionLines(History.Decision decision) {
    List<AttributedString> lines = new ArrayList<>();
    String margin = timeOf(decision.at()) + "  ";
    for (String line : Lines.wrapped(decision.words(), width - margin.length())) {
      lines.add(styled(margin + line, PLAIN));
      margin = " ".repeat(margin.length());
    }
    return lines;
  }

  /** Returns the time of day of an ISO 8601 timestamp. */
  private static String timeOf(String at) {
    return at.length() >= 19 ? at.substring(11, 19) : at;
  }

  private static String facts(DeviceStatus device) {
    return Bytes.text(device.sizeBytes())
        + (device.readOnly() ? ", read-only" : "")
        + ", "
        + device.state()
        + ", allowance "
        + Bytes.text(device.allowanceBytes())
        + ", filling at "
        + Bytes.text(device.fillBytesPerSecond())
        + "/s, dirty "
        + bytes(device.unwrittenBytes())
        + device.probe().map(probe -> ", measured by " + probe).orElse("")
        + (device.secondsSinceMeasurement().isPresent()
            ? ", " + Ages.text(device.secondsSinceMeasurement()) + " ago"
            : "");
  }

  private static String bytes(OptionalLong bytes) {
    return bytes.isPresent() ? Bytes.text(bytes.getAsLong()) : "unknown";
  }

  private AttributedString last(HostStatus host, View view, String message) {
    if (view.typing()) {
      return styled("filter: " + view.filter() + "_", BOLD);
    }
    if (!message.isEmpty()) {
      return styled(message, warning);
    }
    String filtered = view.filter().isEmpty() ? "" : "  [" + view.filter() + "]";
    String keys = Keys.HELP + (host.daemon().isPresent() ? Keys.HELP_ON_ORDERS : "");
    return styled("by " + view.sort().words() + filtered + "  " + keys, PLAIN);
  }

  private List<AttributedString> wrapped(String words) {
    return Lines.wrapped(words, width).stream().map(line -> styled(line, PLAIN)).toList();
  }

  private String padded(String text) {
    return text.length() >= width ? text : text + " ".repeat(width - text.length());
  }

  private static String label(String name) {
    return String.format("%-" + LABEL_WIDTH + "s", name);
  }

  private static AttributedString styled(String text, AttributedStyle style) {
    return new AttributedString(text, style);
  }

  private List<AttributedString> fitted(List<AttributedString> lines) {
    return lines.stream().limit(height).map(line -> line.columnSubSequence(0, width)).toList();
  }
}
