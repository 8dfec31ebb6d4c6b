package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * mincore(2), window by window: works on every kernel, costs 40 to 65 ns for each page of the
 * range, resident or not (measured, 6.18), and knows nothing of dirty pages. {@link MincoreSurvey}
 * keeps to a time.
 */
public final class MincoreProbe implements ResidencyProbe {
  /**
   * Where advice on anything uncached drains the page lists of every CPU, a region is advised run
   * by run if it has no more runs than this: one call for each MiB. A call for a single page takes
   * 3 µs, a drain that finds work on the other CPU 45 µs (measured, 6.18, two CPUs) and more with
   * every CPU; but a storm of small calls does harm, too (glog #145: 100,000 calls, 52.7 s; one for
   * every 2 MiB, 4.2 s).
   */
  private static final int MOST_RUNS = 4;

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

  /** One call for a window or a part of it, and from its answer the regions in it. */
  Residency addResident(OpenFile file, ByteRange window, List<Region> regions)
      throws KernelException {
    BitSet pages = kernel.residentPages(file, window.offset(), window.length());
    for (long index = 0; index < Windows.countOf(window, REGION_BYTES); index++) {
      ByteRange part = Windows.at(window, index, REGION_BYTES);
      int first = pageOf(part.offset() - window.offset());
      BitSet resident = pages.get(first, first + pageOf(part.length()));
      if (!resident.isEmpty()) {
        regions.add(new Region(part, resident(resident.cardinality()), advice(part, resident)));
      }
    }
    return resident(pages.cardinality());
  }

  private List<ByteRange> advice(ByteRange part, BitSet resident) {
    if (!kernel.adviceDrainsAtHoles()) {
      return List.of(part);
    }
    List<ByteRange> runs = new ArrayList<>();
    int end = 0;
    for (int start = resident.nextSetBit(0); start >= 0; start = resident.nextSetBit(end)) {
      if (runs.size() == MOST_RUNS) {
        return List.of(part);
      }
      end = resident.nextClearBit(start);
      long from = part.offset() + (long) start * kernel.pageBytes();
      long to = Math.min(part.end(), part.offset() + (long) end * kernel.pageBytes());
      runs.add(new ByteRange(from, to - from));
    }
    return runs;
  }

  private int pageOf(long offsetInWindow) {
    return (int) ((offsetInWindow + kernel.pageBytes() - 1) / kernel.pageBytes());
  }

  private Residency resident(long pages) {
    return Residency.ofResident(pages * kernel.pageBytes());
  }
}
