package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * mincore(2), window by window: works on every kernel, costs 55–65 ns for each page of the range,
 * resident or not (measured, 6.18), and knows nothing of dirty pages.
 */
public final class MincoreProbe implements ResidencyProbe {
  /** What takes about 8 s; a larger range would hold up all other devices for too long. */
  static final long LARGEST_RANGE_BYTES = 512L << 30;

  private final Kernel kernel;

  public MincoreProbe(Kernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public String name() {
    return "mincore";
  }

  @Override
  public ResidencyMap measure(OpenFile file, ByteRange range) throws KernelException {
    List<Region> regions = new ArrayList<>();
    Residency total = Residency.ofResident(0);
    for (long index = 0; index < Windows.countOf(range); index++) {
      total = total.plus(addResident(file, Windows.at(range, index), regions));
    }
    return new ResidencyMap(total, regions);
  }

  /** Counts one window. */
  Residency residencyOf(OpenFile file, ByteRange window) throws KernelException {
    return resident(kernel.residentPages(file, window.offset(), window.length()).cardinality());
  }

  /** One call for a window, and from its answer the regions in it. */
  private Residency addResident(OpenFile file, ByteRange window, List<Region> regions)
      throws KernelException {
    BitSet pages = kernel.residentPages(file, window.offset(), window.length());
    for (long index = 0; index < Windows.countOf(window, REGION_BYTES); index++) {
      ByteRange part = Windows.at(window, index, REGION_BYTES);
      int first = pageOf(part.offset() - window.offset());
      int count = pages.get(first, first + pageOf(part.length())).cardinality();
      if (count > 0) {
        regions.add(new Region(part, resident(count)));
      }
    }
    return resident(pages.cardinality());
  }

  private int pageOf(long offsetInWindow) {
    return (int) ((offsetInWindow + kernel.pageBytes() - 1) / kernel.pageBytes());
  }

  private Residency resident(long pages) {
    return Residency.ofResident(pages * kernel.pageBytes());
  }
}
