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

  /** The whole of a file. */
  public static ByteRange ofFile(long sizeBytes) {
    return new ByteRange(0, sizeBytes);
  }

  /** The first byte after it. */
  public long end() {
    return offset + length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /** The part of it that lies below {@code sizeBytes}. */
  public ByteRange within(long sizeBytes) {
    long start = Math.min(offset, sizeBytes);
    return new ByteRange(start, Math.min(end(), sizeBytes) - start);
  }

  /**
   * Grown outwards to multiples of {@code unit}, or to the end of the largest file there can be.
   */
  public ByteRange alignedOutwards(long unit) {
    long start = offset - offset % unit;
    long missing = end() % unit == 0 ? 0 : unit - end() % unit;
    return new ByteRange(start, end() + Math.min(missing, Long.MAX_VALUE - end()) - start);
  }

  /** The part of it that lies between the same two multiples of {@code unit} as an offset in it. */
  public ByteRange around(long inside, long unit) {
    ByteRange aligned = new ByteRange(inside, 1).alignedOutwards(unit);
    long start = Math.max(offset, aligned.offset());
    return new ByteRange(start, Math.min(end(), aligned.end()) - start);
  }

  /** It, cut at the multiples of {@code unit} inside it. */
  public List<ByteRange> cut(long unit) {
    List<ByteRange> parts = new ArrayList<>();
    for (long next = offset; next < end(); next = parts.get(parts.size() - 1).end()) {
      parts.add(around(next, unit));
    }
    return parts;
  }

  /**
   * It, without some parts of it.
   *
   * @param parts in their order, without overlap
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
