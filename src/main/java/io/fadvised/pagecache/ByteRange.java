package io.fadvised.pagecache;

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
}
