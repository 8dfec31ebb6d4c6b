package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
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
    List<ByteRange> resident = new ArrayList<>();
    Residency total = Residency.ofResident(0);
    for (long index = 0; index < Windows.countOf(range); index++) {
      ByteRange window = Windows.at(range, index);
      Residency found = residencyOf(file, window);
      if (found.residentBytes() > 0) {
        resident.add(window);
        total = total.plus(found);
      }
    }
    return new ResidencyMap(total, resident);
  }

  /** Counts one window. */
  Residency residencyOf(OpenFile file, ByteRange window) throws KernelException {
    long pages = kernel.residentPages(file, window.offset(), window.length());
    return Residency.ofResident(pages * kernel.pageBytes());
  }
}
