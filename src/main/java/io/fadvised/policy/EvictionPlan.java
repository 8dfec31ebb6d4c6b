package io.fadvised.policy;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.ResidencyMap;
import java.util.ArrayList;
import java.util.List;

/** Decides which parts of a device's backing file are evicted, and what of it is spared. */
public final class EvictionPlan {
  /**
   * A region of which that much waits for the disk is spared: evicting it would write early what is
   * perhaps written again soon, to release little.
   */
  private static final double WAITING_SHARE = 0.25;

  /** A trial takes a sixteenth of the file, evenly over all of it. */
  private static final long TRIAL_STRIDE_BYTES = 128L << 20;

  private static final long TRIAL_BYTES = TRIAL_STRIDE_BYTES / 16;

  /**
   * So many are advised well within the second that an eviction may take; more than 64 GiB have.
   */
  private static final int MOST_TRIAL_PIECES = 512;

  private EvictionPlan() {}

  /**
   * All that is resident, but for regions full of dirty pages if those are to be spared.
   *
   * @param regions in the order of the file
   */
  public static List<ByteRange> whole(List<Region> regions, boolean sparesDirty) {
    List<ByteRange> ranges = new ArrayList<>();
    List<Region> together = new ArrayList<>();
    for (Region region : regions) {
      if (sparesDirty && isWaiting(region)) {
        ranges.addAll(ResidencyMap.rangesOf(together));
        together.clear();
      } else {
        together.add(region);
      }
    }
    ranges.addAll(ResidencyMap.rangesOf(together));
    return ranges;
  }

  /** The part of some ranges that is evicted to see whether it comes back. */
  public static List<ByteRange> trial(List<ByteRange> ranges) {
    List<ByteRange> part = new ArrayList<>();
    long length = ranges.stream().mapToLong(ByteRange::length).sum();
    long strideBytes =
        new ByteRange(0, Math.max(TRIAL_STRIDE_BYTES, length / MOST_TRIAL_PIECES))
            .alignedOutwards(TRIAL_STRIDE_BYTES)
            .length();
    for (ByteRange range : ranges) {
      long stride = range.offset() - range.offset() % strideBytes;
      for (; stride < range.end(); stride += strideBytes) {
        long from = Math.max(range.offset(), stride);
        long to = Math.min(range.end(), stride + TRIAL_BYTES);
        if (from < to) {
          part.add(new ByteRange(from, to - from));
        }
      }
    }
    return part;
  }

  private static boolean isWaiting(Region region) {
    Residency residency = region.residency();
    long waiting = residency.dirtyBytes().orElse(0) + residency.writebackBytes().orElse(0);
    return waiting >= WAITING_SHARE * residency.residentBytes();
  }
}
