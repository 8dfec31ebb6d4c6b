package io.fadvised.policy;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.ArrayList;
import java.util.List;

/** Decides which parts of a device's backing file are evicted and which are spared. */
public final class EvictionPlan {
  /**
   * A region is spared if at least this fraction of its resident bytes is dirty or being written.
   * Evicting it would write early, perhaps for pages that are soon rewritten, and release little.
   */
  private static final double WAITING_SHARE = 0.25;

  /** A careful eviction takes one of this many parts, in pieces spread evenly over the file. */
  public static final int PARTS = 16;

  private static final long STRIDE_BYTES = 128L << 20;

  /**
   * Advised well within the second that an eviction may take. Files above 64 GiB reach this limit.
   */
  private static final int MAX_PIECES = 512;

  private EvictionPlan() {}

  /**
   * Returns the ranges to advise so that all regions are evicted.
   *
   * @param regions in the order of the file
   * @param sparesDirty whether regions with many dirty pages are left out
   */
  public static List<ByteRange> whole(List<Region> regions, boolean sparesDirty) {
    List<ByteRange> ranges = new ArrayList<>();
    List<Region> together = new ArrayList<>();
    for (Region region : regions) {
      if (sparesDirty && isWaitingForDisk(region)) {
        ranges.addAll(Region.ranges(together));
        together.clear();
      } else {
        together.add(region);
      }
    }
    ranges.addAll(Region.ranges(together));
    return ranges;
  }

  /**
   * Returns a sixteenth of some ranges, evicted to learn whether it is read back.
   *
   * @param phase of the sixteenth, from 0 to 15; if it holds none of the ranges, the next one is
   *     returned
   */
  public static List<ByteRange> sixteenth(List<ByteRange> ranges, int phase) {
    for (int empty = 0; empty < PARTS; empty++) {
      List<ByteRange> part = piecesOf(ranges, (phase + empty) % PARTS);
      if (!part.isEmpty()) {
        return part;
      }
    }
    return List.of();
  }

  private static List<ByteRange> piecesOf(List<ByteRange> ranges, int phase) {
    List<ByteRange> part = new ArrayList<>();
    long length = ranges.stream().mapToLong(ByteRange::length).sum();
    long strideBytes =
        new ByteRange(0, Math.max(STRIDE_BYTES, length / MAX_PIECES))
            .alignedOutwards(STRIDE_BYTES)
            .length();
    long pieceBytes = strideBytes / PARTS;
    for (ByteRange range : ranges) {
      long piece = range.offset() - range.offset() % strideBytes + phase * pieceBytes;
      for (; piece < range.end(); piece += strideBytes) {
        long from = Math.max(range.offset(), piece);
        long to = Math.min(range.end(), piece + pieceBytes);
        if (from < to) {
          part.add(new ByteRange(from, to - from));
        }
      }
    }
    return part;
  }

  private static boolean isWaitingForDisk(Region region) {
    Residency residency = region.residency();
    long waiting = residency.dirtyBytes().orElse(0) + residency.writebackBytes().orElse(0);
    return waiting >= WAITING_SHARE * residency.residentBytes();
  }
}
