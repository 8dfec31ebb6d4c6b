package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.List;

/** Measures a file cell by cell, for a picture of where it is resident. */
public final class ResidencyScan {
  /** Is told how far a scan has come. */
  @FunctionalInterface
  public interface Progress {
    void measured(long bytes, long ofBytes);
  }

  private ResidencyScan() {}

  /**
   * Measures all cells of a range, in order.
   *
   * @param mostCells how many there may be; at least 1
   * @param pageBytes cells are made of whole pages
   * @return the cells, all of one length but for the last
   * @throws KernelException if the file cannot be measured
   */
  public static List<Region> scan(
      ResidencyProbe probe,
      OpenFile file,
      ByteRange range,
      int mostCells,
      int pageBytes,
      Progress progress)
      throws KernelException {
    List<Region> cells = new ArrayList<>();
    for (ByteRange cell : cells(range, mostCells, pageBytes)) {
      cells.add(new Region(cell, probe.total(file, cell)));
      progress.measured(cell.end() - range.offset(), range.length());
    }
    return cells;
  }

  static List<ByteRange> cells(ByteRange range, int mostCells, int pageBytes) {
    List<ByteRange> cells = new ArrayList<>();
    long even = (range.length() + mostCells - 1) / mostCells;
    long length = Math.max(pageBytes, (even + pageBytes - 1) / pageBytes * pageBytes);
    for (long offset = range.offset(); offset < range.end(); offset += length) {
      cells.add(new ByteRange(offset, Math.min(length, range.end() - offset)));
    }
    return cells;
  }
}
