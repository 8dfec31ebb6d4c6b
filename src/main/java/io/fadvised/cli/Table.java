package io.fadvised.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table with numbers aligned to the right and an optional note below each row. The last column
 * takes the rest of the width; its cells are shortened in the middle.
 */
final class Table {
  private static final int GAP = 2;
  private static final int MIN_LAST_COLUMN = 12;

  private final int width;
  private final List<Column> columns;
  private final List<Row> rows = new ArrayList<>();

  /**
   * @param right whether cells are aligned to the right
   */
  record Column(String header, boolean right) {
    static Column ofText(String header) {
      return new Column(header, false);
    }

    static Column ofNumbers(String header) {
      return new Column(header, true);
    }
  }

  private record Row(List<String> cells, String note) {}

  Table(int width, Column... columns) {
    this.width = width;
    this.columns = List.copyOf(Arrays.asList(columns));
  }

  /**
   * @param note wrapped below the row; none if empty
   * @param cells one for each column
   */
  void add(String note, String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + columns.size() + " columns");
    }
    rows.add(new Row(List.copyOf(Arrays.asList(cells)), note));
  }

  List<String> lines() {
    int[] widths = widths();
    List<String> lines = new ArrayList<>();
    lines.add(line(columns.stream().map(Column::header).toList(), widths));
    for (Row row : rows) {
      lines.add(line(row.cells(), widths));
      if (!row.note().isEmpty()) {
        int indent = widths[0] + GAP;
        Lines.wrapped(row.note(), width - indent)
            .forEach(noted -> lines.add(" ".repeat(indent) + noted));
      }
    }
    return lines;
  }

  private int[] widths() {
    int[] widths = new int[columns.size()];
    int used = 0;
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] = columns.get(i).header().length();
      for (Row row : rows) {
        widths[i] = Math.max(widths[i], row.cells().get(column).length());
      }
      used += i < widths.length - 1 ? widths[i] + GAP : 0;
    }
    int last = widths.length - 1;
    widths[last] = Math.min(widths[last], Math.max(MIN_LAST_COLUMN, width - used));
    return widths;
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell =
          i == widths.length - 1 ? Lines.shortened(cells.get(i), widths[i]) : cells.get(i);
      String padding = " ".repeat(Math.max(0, widths[i] - cell.length()));
      line.append(columns.get(i).right() ? padding + cell : cell + padding).append(" ".repeat(GAP));
    }
    return line.toString().stripTrailing();
  }
}
