package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a file is resident.
 *
 * @param total over the whole range that was measured
 * @param regions the stretches with anything resident, in the order of the file: each within one
 *     stretch of {@link ResidencyProbe#REGION_BYTES} if it is partly resident, else within one
 *     window of {@link ResidencyProbe#WINDOW_BYTES}; whole windows where it was only estimated, and
 *     more where there was no time to find out; of very many, the densest
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
   * What to advise so that these regions leave: those of one window together. Between two of them
   * may lie what is not resident, if dirty bytes are known: so it is where cachestat measures,
   * which is younger (6.5) than the end of the harm that an uncached page in the range does (5.10).
   * Where mincore measures, only neighbours.
   *
   * @param regions in the order of the file, with nothing resident between them
   */
  public static List<ByteRange> rangesOf(List<Region> regions) {
    List<ByteRange> ranges = new ArrayList<>();
    for (Region region : regions) {
      boolean gapsDoNoHarm = region.residency().dirtyBytes().isPresent();
      region.parts().forEach(part -> add(ranges, part, gapsDoNoHarm));
    }
    return ranges;
  }

  private static void add(List<ByteRange> ranges, ByteRange next, boolean gapsDoNoHarm) {
    ByteRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
    if (last != null
        && (last.end() == next.offset() || gapsDoNoHarm)
        && next.end() <= Windows.windowEnd(last.offset())) {
      ranges.set(ranges.size() - 1, new ByteRange(last.offset(), next.end() - last.offset()));
    } else {
      ranges.add(next);
    }
  }
}
