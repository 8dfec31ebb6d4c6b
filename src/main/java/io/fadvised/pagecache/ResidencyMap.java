package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a file is resident.
 *
 * @param total over the whole range that was measured
 * @param regions the stretches with anything resident, in the order of the file: each within one
 *     stretch of {@link ResidencyProbe#REGION_BYTES} if it is partly resident, else within one
 *     window of {@link ResidencyProbe#WINDOW_BYTES}; of very many, the first
 */
public record ResidencyMap(Residency total, List<Region> regions) {
  public ResidencyMap {
    regions = List.copyOf(regions);
  }

  /** What to advise so that all of it leaves. */
  public List<ByteRange> ranges() {
    return rangesOf(regions);
  }

  /**
   * What to advise so that these regions leave: neighbours together, up to a window.
   *
   * @param regions in the order of the file
   */
  public static List<ByteRange> rangesOf(List<Region> regions) {
    List<ByteRange> ranges = new ArrayList<>();
    for (Region region : regions) {
      ByteRange next = region.range();
      ByteRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null
          && last.end() == next.offset()
          && next.end() <= Windows.windowEnd(last.offset())) {
        ranges.set(ranges.size() - 1, new ByteRange(last.offset(), next.end() - last.offset()));
      } else {
        ranges.add(next);
      }
    }
    return ranges;
  }
}
