package io.fadvised.pagecache;

import static io.fadvised.pagecache.ResidencyProbe.WINDOW_BYTES;

/** Cuts a range at the multiples of {@link ResidencyProbe#WINDOW_BYTES}. */
final class Windows {
  private Windows() {}

  /** How many windows a range touches. */
  static long countOf(ByteRange range) {
    if (range.isEmpty()) {
      return 0;
    }
    return (range.end() - 1) / WINDOW_BYTES - range.offset() / WINDOW_BYTES + 1;
  }

  /** The part of a range that lies in the window of that index, counted from its first one. */
  static ByteRange at(ByteRange range, long index) {
    long window = (range.offset() / WINDOW_BYTES + index) * WINDOW_BYTES;
    long start = Math.max(range.offset(), window);
    long length = Math.min(WINDOW_BYTES - (start - window), range.end() - start);
    return new ByteRange(start, length);
  }

  /** The end of the window that an offset lies in; the largest number if that is beyond it. */
  static long windowEnd(long offset) {
    long start = offset - offset % WINDOW_BYTES;
    return start > Long.MAX_VALUE - WINDOW_BYTES ? Long.MAX_VALUE : start + WINDOW_BYTES;
  }
}
