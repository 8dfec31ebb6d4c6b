package io.fadvised.pagecache;

import static io.fadvised.pagecache.ResidencyProbe.WINDOW_BYTES;

import java.util.List;
import java.util.stream.LongStream;

/** Cuts a range at the multiples of a unit, such as {@link ResidencyProbe#WINDOW_BYTES}. */
final class Windows {
  private Windows() {}

  /** How many windows a range touches. */
  static long countOf(ByteRange range) {
    return countOf(range, WINDOW_BYTES);
  }

  /** How many stretches of that unit a range touches. */
  static long countOf(ByteRange range, long unit) {
    if (range.isEmpty()) {
      return 0;
    }
    return (range.end() - 1) / unit - range.offset() / unit + 1;
  }

  /** The index, counted from the range's first one, of the stretch that an offset lies in. */
  static long indexOf(ByteRange range, long offset, long unit) {
    return offset / unit - range.offset() / unit;
  }

  /** The part of a range that lies in the window of that index, counted from its first one. */
  static ByteRange at(ByteRange range, long index) {
    return at(range, index, WINDOW_BYTES);
  }

  /** The part of a range that lies in the stretch of that index, counted from its first one. */
  static ByteRange at(ByteRange range, long index, long unit) {
    long stretch = (range.offset() / unit + index) * unit;
    long start = Math.max(range.offset(), stretch);
    long length = Math.min(unit - (start - stretch), range.end() - start);
    return new ByteRange(start, length);
  }

  /** The end of the window that an offset lies in; the largest number if that is beyond it. */
  static long windowEnd(long offset) {
    return endOf(offset, WINDOW_BYTES);
  }

  /** Whether a multiple of the unit lies inside a range. */
  static boolean isCut(ByteRange range, long unit) {
    return range.end() > endOf(range.offset(), unit);
  }

  /** A range cut at all multiples of the unit inside it. */
  static List<ByteRange> cut(ByteRange range, long unit) {
    return LongStream.range(0, countOf(range, unit))
        .mapToObj(index -> at(range, index, unit))
        .toList();
  }

  private static long endOf(long offset, long unit) {
    long start = offset - offset % unit;
    return start > Long.MAX_VALUE - unit ? Long.MAX_VALUE : start + unit;
  }
}
