package io.fadvised.cli;

import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Which parts of a file are resident, drawn with one character for each cell. */
final class ResidencyPicture {
  /** Beside the cells: an offset, blanks and brackets. */
  private static final int FRAME = 14;

  private static final int MOST_ROWS = 8;

  private final int cellsInRow;

  /**
   * @param width in columns
   */
  ResidencyPicture(int width) {
    cellsInRow = (width - FRAME) / 10 * 10;
  }

  /** How many cells fit. */
  int mostCells() {
    return cellsInRow * MOST_ROWS;
  }

  /** Rows of cells, each with the offset at which it begins. */
  List<String> lines(List<Region> cells) {
    List<String> lines = new ArrayList<>();
    for (int first = 0; first < cells.size(); first += cellsInRow) {
      StringBuilder row = new StringBuilder();
      for (Region cell : cells.subList(first, Math.min(cells.size(), first + cellsInRow))) {
        row.append(symbol(cell));
      }
      String offset = Bytes.text(cells.get(first).range().offset());
      lines.add(String.format("%11s [%s]", offset, row));
    }
    return lines;
  }

  /** What the characters mean. */
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
