package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Stretches of a file, in order, without overlap. */
final class Stretches {
  static final Stretches NONE = new Stretches(List.of());

  private final List<ByteRange> ranges;
  private final long[] ends; // of each, counted in bytes of the stretches

  /**
   * @param ranges in order, none of them empty
   */
  Stretches(List<ByteRange> ranges) {
    this.ranges = List.copyOf(ranges);
    ends = new long[ranges.size()];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end += ranges.get(i).length();
      ends[i] = end;
    }
  }

  static Stretches of(ByteRange range) {
    return range.isEmpty() ? NONE : new Stretches(List.of(range));
  }

  List<ByteRange> ranges() {
    return ranges;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  long bytes() {
    return ends.length == 0 ? 0 : ends[ends.length - 1];
  }

  /** Where in the file the byte is that has so many bytes of the stretches before it. */
  long offsetOf(long position) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > position) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return ranges.get(low).end() - (ends[low] - position);
  }

  /** What begins at an offset or after it, or at the first stretch if nothing does. */
  Optional<ByteRange> from(long offset) {
    for (ByteRange range : ranges) {
      if (range.end() > offset) {
        long start = Math.max(offset, range.offset());
        return Optional.of(new ByteRange(start, range.end() - start));
      }
    }
    return ranges.stream().findFirst();
  }

  Stretches without(ByteRange range) {
    return without(of(range));
  }

  Stretches without(Stretches others) {
    List<ByteRange> left = new ArrayList<>();
    int next = 0;
    for (ByteRange range : ranges) {
      long start = range.offset();
      while (next < others.ranges.size() && others.ranges.get(next).end() <= start) {
        next++;
      }
      for (int i = next; i < others.ranges.size(); i++) {
        ByteRange hole = others.ranges.get(i);
        if (hole.offset() >= range.end()) {
          break;
        }
        add(left, start, hole.offset());
        start = Math.max(start, hole.end());
      }
      add(left, start, range.end());
    }
    return new Stretches(left);
  }

  private static void add(List<ByteRange> ranges, long start, long end) {
    if (start < end) {
      ranges.add(new ByteRange(start, end - start));
    }
  }
}
