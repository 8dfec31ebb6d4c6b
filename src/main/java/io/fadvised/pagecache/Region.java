package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a file with anything resident.
 *
 * @param range lies within one window, unless little is resident in it or there was no time to find
 *     out where
 */
public record Region(ByteRange range, Residency residency) {
  /**
   * The length of one mapping and of one advice: 128 MiB, the window of fincore(1). mincore counts
   * it in 2 ms, its eviction takes 1 ms (measured, 6.18), and no large folio crosses its edges.
   */
  public static final long WINDOW_BYTES = 128L << 20;

  /**
   * The length of a region that is partly resident: 4 MiB, two of the largest folios. Asking for
   * each of them by cachestat costs 2 ms per GiB, a fifteenth of evicting it.
   */
  public static final long REGION_BYTES = 4L << 20;

  /**
   * The ranges to advise so that regions leave: one for each window. What lies between the regions
   * of one window is not resident, so advising it costs nothing from 5.10 on; earlier every call
   * drains the page lists of all processors anyway, and few calls are what is cheap.
   *
   * @param regions in the order of the file
   */
  public static List<ByteRange> ranges(List<Region> regions) {
    List<ByteRange> ranges = new ArrayList<>();
    for (Region region : regions) {
      ByteRange next = region.range();
      ByteRange last = ranges.isEmpty() ? next : ranges.get(ranges.size() - 1);
      boolean sameWindow = (next.end() - 1) / WINDOW_BYTES == last.offset() / WINDOW_BYTES;
      if (!ranges.isEmpty() && sameWindow) {
        ranges.remove(ranges.size() - 1);
        next = new ByteRange(last.offset(), next.end() - last.offset());
      }
      ranges.add(next);
    }
    return ranges;
  }
}
