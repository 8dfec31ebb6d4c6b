package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.Optional;

/** A way to learn what of a file is resident. */
public interface ResidencyProbe {
  /**
   * How much of a file one mapping, one count and one advice cover: 128 MiB, the window of
   * fincore(1). A count of it takes 2 ms by mincore, its eviction 1 ms (measured, 6.18); and no
   * large folio crosses its edges.
   */
  long WINDOW_BYTES = 128L << 20;

  /**
   * How finely it is told where a file is resident: 4 MiB, two of the largest folios. To ask for
   * each by cachestat costs about 2 ms for 1 GiB, a fifteenth of evicting it.
   */
  long REGION_BYTES = 4L << 20;

  /** The system call behind it, for reports. */
  String name();

  /**
   * Measures a range.
   *
   * @param range starts at a multiple of the page size
   * @throws KernelException if the filesystem or the kernel refuses
   */
  ResidencyMap measure(OpenFile file, ByteRange range) throws KernelException;

  /**
   * Counts a range without telling where, if that costs much less than to tell.
   *
   * @return empty if it costs as much
   */
  default Optional<Residency> count(OpenFile file, ByteRange range) throws KernelException {
    return Optional.empty();
  }

  /** Counts a range. */
  default Residency total(OpenFile file, ByteRange range) throws KernelException {
    Optional<Residency> counted = count(file, range);
    return counted.isPresent() ? counted.get() : measure(file, range).total();
  }
}
