package io.fadvised.pagecache;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** Cuts a range at the multiples of {@link ResidencyProbe#WINDOW_BYTES}. */
final class Windows {
  private Windows() {}

  static Iterable<ByteRange> of(ByteRange range) {
    return () ->
        new Iterator<>() {
          private long next = range.offset();

          @Override
          public boolean hasNext() {
            return next < range.end();
          }

          @Override
          public ByteRange next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            ByteRange window = new ByteRange(next, Math.min(windowEnd(next), range.end()) - next);
            next = window.end();
            return window;
          }
        };
  }

  /** The end of the window that an offset lies in; the last one ends with the largest file. */
  static long windowEnd(long offset) {
    long missing = ResidencyProbe.WINDOW_BYTES - offset % ResidencyProbe.WINDOW_BYTES;
    return offset + Math.min(missing, Long.MAX_VALUE - offset);
  }
}
