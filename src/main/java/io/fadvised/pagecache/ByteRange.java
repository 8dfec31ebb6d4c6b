package io.fadvised.pagecache;

import java.util.ArrayList;
import java.util.List;

/**
 * Part of a file.
 *
 * @param offset first byte, 0 or more
 * @param length bytes, 0 or more
 */
public record ByteRange(long offset, long length) {
  public ByteRange {
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new IllegalArgumentException("range of " + length + " bytes at " + offset);
    }
  }

  /** Returns a whole file. */
  public static ByteRange ofFile(long sizeBytes) {
    return new ByteRange(0, sizeBytes);
  }

  /** Returns the first byte after the range. */
  public long end() {
    return offset + length;
  }

  /**
   * Returns the range grown to multiples of {@code unit}, and at most to {@code Long.MAX_VALUE}.
   */
  public ByteRange alignedOutwards(long unit) {
    long start = offset - offset % unit;
    long missing = end() % unit == 0 ? 0 : unit - end() % unit;
    return new ByteRange(start, end() + Math.min(missing, Long.MAX_VALUE - end()) - start);
  }

  /** Returns the part between the two multiples of {@code unit} around an offset in the range. */
  public ByteRange around(long inside, long unit) {
    ByteRange aligned = new ByteRange(inside, 1).alignedOutwards(unit);
    long start = Math.max(offset, aligned.offset());
    return new ByteRange(start, Math.min(end(), aligned.end()) - start);
  }

  /** Returns the range cut at the multiples of {@code unit} inside it. */
  public List<ByteRange> cut(long unit) {
    List<ByteRange> parts = new ArrayList<>();
    for (long next = offset; next < end(); next = parts.get(parts.size() - 1).end()) {
      parts.add(around(next, unit));
    }
    return parts;
  }

  /**
   * Returns the range without some parts of it.
   *
   * @param parts in ascending order, without overlap
   */
  List<ByteRange> without(List<ByteRange> parts) {
    List<ByteRange> left = new ArrayList<>();
    long next = offset;
    for (ByteRange part : parts) {
      if (part.offset() > next) {
        left.add(new ByteRange(next, part.offset() - next));
      }
      next = part.end();
    }
    if (end() > next) {
      left.add(new ByteRange(next, end() - next));
    }
    return left;
  }
}
