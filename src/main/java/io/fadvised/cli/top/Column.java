package io.fadvised.cli.top;

import io.fadvised.cli.Ages;
import io.fadvised.engine.DeviceState;
import io.fadvised.policy.Bytes;
import io.fadvised.status.DeviceStatus;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** The columns of the table of devices, from left to right. */
enum Column {
  DEVICE("DEVICE", -8),
  RESIDENT("RESIDENT", 8),
  AGE("AGE", 7),
  DIRTY("DIRTY", 8),
  RELEASED("RELEASED", 8),
  RETURNED("RETURNED", 8),
  SHARE("SHARE", -5),
  HISTORY("HISTORY", -7),
  EVERY("EVERY", 6),
  STATE("STATE", -12),
  FILE("BACKING FILE", -20);

  /** Columns that a narrow terminal omits, in this order. */
  private static final List<Column> DROP_ORDER =
      List.of(FILE, DIRTY, SHARE, RETURNED, HISTORY, EVERY, RELEASED);

  private static final long MILLIS_PER_SECOND = 1000;
  private static final long MILLIS_PER_MINUTE = 60_000;
  private static final long MINUTES_FROM_MILLIS = 120_000;

  private final String heading;

  /** In characters; negative aligns to the left. */
  private final int width;

  /**
   * @param past the last resident bytes, latest last
   */
  record Row(DeviceStatus device, List<Long> past, Graphs graphs) {}

  Column(String heading, int width) {
    this.heading = heading;
    this.width = width;
  }

  /**
   * Returns the columns that fit into a terminal.
   *
   * @param hasAges whether a figure may be wrong because it is old
   */
  static List<Column> fitting(int terminalWidth, boolean hasAges) {
    Set<Column> columns = EnumSet.allOf(Column.class);
    if (!hasAges) {
      columns.remove(AGE);
    }
    for (Column column : DROP_ORDER) {
      if (widthOf(columns) <= terminalWidth) {
        break;
      }
      columns.remove(column);
    }
    return List.copyOf(columns);
  }

  static String heading(List<Column> columns) {
    return columns.stream()
        .map(column -> column.padded(column.heading))
        .collect(Collectors.joining(" "));
  }

  static String row(List<Column> columns, Row row) {
    return columns.stream()
        .map(column -> column.padded(column.cell(row)))
        .collect(Collectors.joining(" "));
  }

  private static int widthOf(Set<Column> columns) {
    return columns.stream().mapToInt(column -> Math.abs(column.width) + 1).sum() - 1;
  }

  /** Pads or cuts to the width; the last column is cut at the edge of the terminal. */
  private String padded(String text) {
    boolean fits = text.length() <= Math.abs(width) || this == FILE;
    return String.format("%" + width + "s", fits ? text : text.substring(0, Math.abs(width)));
  }

  private String cell(Row row) {
    DeviceStatus device = row.device;
    return switch (this) {
      case DEVICE -> device.device();
      case RESIDENT -> bytes(device.residentBytes());
      case AGE -> device.ioSinceMeasurement() ? Ages.text(device.secondsSinceMeasurement()) : "";
      case DIRTY -> bytes(device.unwrittenBytes());
      case RELEASED -> Bytes.text(device.releasedBytes());
      case RETURNED -> Bytes.text(device.returnedBytes());
      case SHARE -> row.graphs.bar(share(device), Math.abs(width));
      case HISTORY -> row.graphs.sparkline(row.past, Math.abs(width));
      case EVERY -> isExcluded(device) ? "" : every(device.intervalMillis());
      case STATE -> device.state();
      case FILE -> device.backingFile();
    };
  }

  /** An excluded device is not swept, so its interval means nothing. */
  private static boolean isExcluded(DeviceStatus device) {
    return device.state().equals(DeviceState.EXCLUDED.label());
  }

  private static double share(DeviceStatus device) {
    long resident = device.residentBytes().orElse(0);
    return device.allowanceBytes() == 0
        ? (resident == 0 ? 0 : 1)
        : (double) resident / device.allowanceBytes();
  }

  private static String every(long millis) {
    if (millis >= MINUTES_FROM_MILLIS) {
      return millis / MILLIS_PER_MINUTE + " min";
    }
    return millis >= 10 * MILLIS_PER_SECOND
        ? millis / MILLIS_PER_SECOND + " s"
        : String.format(Locale.ROOT, "%.1f s", millis / (double) MILLIS_PER_SECOND);
  }

  private static String bytes(OptionalLong bytes) {
    return bytes.isPresent() ? Bytes.text(bytes.getAsLong()) : "?";
  }
}
