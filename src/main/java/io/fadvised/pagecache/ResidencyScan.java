package io.fadvised.pagecache;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The residency of a file, counted cell by cell.
 *
 * @param probe the system call that counted
 * @param cells in the order of the file, all of one length except the last
 */
public record ResidencyScan(String probe, List<Region> cells) {
  /** Receives the progress of a scan. */
  @FunctionalInterface
  public interface Progress {
    void measured(long bytes, long ofBytes);
  }

  /**
   * Counts all cells of a range.
   *
   * @param maxCells 1 or more; a cell is a power of two of pages
   * @throws UnmeasurableException if the kernel would not report the true residency to this process
   * @throws KernelException if a call fails
   */
  public static ResidencyScan of(
      Kernel kernel, OpenFile file, FileStat stat, ByteRange range, int maxCells, Progress progress)
      throws KernelException, UnmeasurableException {
    String probe = count(kernel, file, stat, new ByteRange(range.offset(), 0)).probe();
    List<Region> cells = new ArrayList<>();
    for (ByteRange cell : cells(range, maxCells, kernel.pageBytes())) {
      Measurement counted = count(kernel, file, stat, cell);
      probe = counted.probe();
      cells.add(new Region(cell, counted.total()));
      progress.measured(cell.end() - range.offset(), range.length());
    }
    return new ResidencyScan(probe, cells);
  }

  private static Measurement count(Kernel kernel, OpenFile file, FileStat stat, ByteRange range)
      throws KernelException, UnmeasurableException {
    return Measurement.of(
        kernel, file, stat, range, new MeasuringMemory(0), Measurement.UNLIMITED, System::nanoTime);
  }

  static List<ByteRange> cells(ByteRange range, int maxCells, int pageBytes) {
    List<ByteRange> cells = new ArrayList<>();
    long even = (range.length() + maxCells - 1) / maxCells;
    long length = pageBytes;
    while (length < even) {
      length *= 2; // a size that is printed without rounding
    }
    for (long offset = range.offset(); offset < range.end(); offset += length) {
      cells.add(new ByteRange(offset, Math.min(length, range.end() - offset)));
    }
    return cells;
  }
}
