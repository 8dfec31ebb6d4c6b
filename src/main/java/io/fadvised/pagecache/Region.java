package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a file with resident pages.
 *
 * @param range lies within one window, unless few of its pages are resident or there was no time to
 *     locate them
 */
public record Region(ByteRange range, Residency residency) {
  /**
   * The length of one mapping and of one advice, as in fincore(1). mincore counts it in 2 ms,
   * evicting it takes 1 ms (measured, 6.18), and no large folio crosses its edges.
   */
  public static final long WINDOW_BYTES = 128L << 20;

  /**
   * The length of a region that is partly resident: two of the largest folios. Calling cachestat
   * for each of them costs 2 ms per GiB, a fifteenth of evicting it.
   */
  public static final long REGION_BYTES = 4L << 20;

  /**
   * Returns the ranges to advise so that regions are evicted: one for each window. The gaps between
   * the regions of a window are not resident, so advising them costs nothing from 5.10 on. Before,
   * every call drains the page lists of all processors, and few calls are cheapest.
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
