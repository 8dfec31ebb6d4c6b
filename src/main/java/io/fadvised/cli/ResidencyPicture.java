package io.fadvised.cli;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Draws the resident parts of a file with one character for each cell. */
final class ResidencyPicture {
  /** Columns for the offset, blanks and brackets. */
  private static final int FRAME = 14;

  private static final int MAX_ROWS = 8;

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB"};

  private final int cellsInRow;

  /**
   * @param width in columns
   */
  ResidencyPicture(int width) {
    cellsInRow = Integer.highestOneBit(width - FRAME);
  }

  /** Returns the maximum number of cells. */
  int maxCells() {
    return cellsInRow * MAX_ROWS;
  }

  /** Returns rows of cells, each with its offset. */
  List<String> lines(List<Region> cells) {
    List<String> lines = new ArrayList<>();
    int unit = cells.isEmpty() ? 0 : unit(cells.get(0).range());
    for (int first = 0; first < cells.size(); first += cellsInRow) {
      StringBuilder row = new StringBuilder();
      for (Region cell : cells.subList(first, Math.min(cells.size(), first + cellsInRow))) {
        row.append(symbol(cell));
      }
      String offset = (cells.get(first).range().offset() >> (10 * unit)) + " " + UNITS[unit];
      lines.add(String.format("%11s [%s]", offset, row));
    }
    return lines;
  }

  /** Returns the largest unit in which the offset of each row is a whole number. */
  private int unit(ByteRange first) {
    long rows = first.offset() | first.length() * cellsInRow;
    return Math.min(UNITS.length - 1, Long.numberOfTrailingZeros(rows) / 10);
  }

  /** Explains the characters. */
  static String legend(long cellBytes, boolean knowsDirty) {
    return "each character is "
        + Bytes.text(cellBytes)
        + ": O all resident, o at least half, . less, blank none"
        + (knowsDirty ? "; D mostly dirty" : "");
  }

  private static char symbol(Region cell) {
    Residency residency = cell.residency();
    long resident = residency.residentBytes();
    if (resident == 0) {
      return ' ';
    }
    if (2 * EvictionText.waitingBytes(residency) > resident) {
      return 'D';
    }
    if (resident >= cell.range().length()) {
      return 'O';
    }
    return 2 * resident >= cell.range().length() ? 'o' : '.';
  }
}
