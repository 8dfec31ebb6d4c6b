package io.fadvised.policy;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.ArrayList;
import java.util.List;

/** Decides which parts of a device's backing file are evicted, and what of it is spared. */
public final class EvictionPlan {
  /**
   * A region of which that much waits for the disk is spared: evicting it would write early what is
   * perhaps written again soon, to release little.
   */
  private static final double WAITING_SHARE = 0.25;

  /** A careful eviction takes a sixteenth of the file, in pieces spread evenly over it. */
  public static final int PARTS = 16;

  private static final long STRIDE_BYTES = 128L << 20;

  /**
   * So many are advised well within the second that an eviction may take; more than 64 GiB have.
   */
  private static final int MAX_PIECES = 512;

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
   * A part of some ranges, evicted to learn whether it is read back.
   *
   * @param phase which of the sixteenths, from 0 to 15; the next one if that has nothing of the
   *     ranges
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

  private static boolean isWaiting(Region region) {
    Residency residency = region.residency();
    long waiting = residency.dirtyBytes().orElse(0) + residency.writebackBytes().orElse(0);
    return waiting >= WAITING_SHARE * residency.residentBytes();
  }
}
