package io.fadvised.pagecache;

import static io.fadvised.pagecache.Region.REGION_BYTES;
import static io.fadvised.pagecache.Region.WINDOW_BYTES;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Counts by mincore(2), which every kernel has. It does not report dirty pages, and its cost
 * depends on the length of the range, resident or not. A file that fits into the slice is counted
 * whole. Of a sparse file whose data fits, the data is counted for up to three quarters of the
 * slice.
 */
final class Mincore implements Probe {
  /**
   * Measured on 6.18: 40 to 65 ns. It is constant so that one slow call never turns the count of a
   * small file into an estimate.
   */
  private static final int NANOS_PER_PAGE = 60;

  private final Kernel kernel;
  private final OpenFile file;
  private final LongSupplier nanoClock;

  Mincore(Kernel kernel, OpenFile file, LongSupplier nanoClock) {
    this.kernel = kernel;
    this.file = file;
    this.nanoClock = nanoClock;
  }

  @Override
  public String name() {
    return "mincore";
  }

  @Override
  public Counted count(ByteRange range, Duration slice) throws KernelException {
    List<Region> regions = new ArrayList<>();
    if (range.length() / kernel.pageBytes() <= slice.toNanos() / NANOS_PER_PAGE) {
      for (ByteRange window : range.cut(WINDOW_BYTES)) {
        addRegions(window, regions);
      }
      return new Counted(regions, List.of());
    }
    long start = nanoClock.getAsLong();
    long maxNanos = slice.toNanos() * 3 / 4;
    List<ByteRange> data = dataIn(range, slice.toNanos() / NANOS_PER_PAGE * kernel.pageBytes());
    List<ByteRange> holes = range.without(data);
    int counted = 0;
    while (counted < data.size() && nanoClock.getAsLong() - start < maxNanos) {
      addRegions(data.get(counted), regions);
      counted++;
    }
    return new Counted(regions, List.of(data.subList(counted, data.size()), holes));
  }

  @Override
  public Residency residencyOf(ByteRange part) throws KernelException {
    return resident(kernel.residentPages(file, part.offset(), part.length()));
  }

  @Override
  public List<Region> locate(List<Region> parts) {
    return parts;
  }

  /**
   * Finds the data of a sparse file by SEEK_DATA (0.5 to 2 µs a call, whatever the hole before the
   * data; measured, 6.18). Regions of one window are joined. Pages that were read from a hole do
   * not count as data.
   *
   * @return empty if there are more than {@code maxBytes}, or if the filesystem must not be asked
   */
  private List<ByteRange> dataIn(ByteRange range, long maxBytes) throws KernelException {
    List<ByteRange> data = new ArrayList<>();
    long bytes = 0;
    long next = kernel.mayAskForData(file) ? range.offset() : range.end();
    while (next < range.end()) {
      OptionalLong found = kernel.nextData(file, next);
      if (found.isEmpty() || found.getAsLong() >= range.end()) {
        return data;
      }
      ByteRange region = range.around(found.getAsLong(), REGION_BYTES);
      bytes += region.length();
      if (bytes > maxBytes) {
        return List.of();
      }
      boolean continues = region.offset() == next && next % WINDOW_BYTES != 0 && !data.isEmpty();
      long start = continues ? data.remove(data.size() - 1).offset() : region.offset();
      data.add(new ByteRange(start, region.end() - start));
      next = region.end();
    }
    return data;
  }

  /** Counts a window or a part of it by one call, and splits the result into regions. */
  private void addRegions(ByteRange window, List<Region> regions) throws KernelException {
    BitSet pages = kernel.residentPages(file, window.offset(), window.length());
    for (ByteRange part : window.cut(REGION_BYTES)) {
      int first = (int) ((part.offset() - window.offset()) / kernel.pageBytes());
      int count = (int) ((part.length() + kernel.pageBytes() - 1) / kernel.pageBytes());
      BitSet resident = pages.get(first, first + count);
      if (!resident.isEmpty()) {
        regions.add(new Region(part, resident(resident)));
      }
    }
  }

  private Residency resident(BitSet pages) {
    return Residency.ofResident((long) pages.cardinality() * kernel.pageBytes());
  }
}
