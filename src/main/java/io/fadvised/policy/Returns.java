package io.fadvised.policy;

/**
 * What came back of a device's evictions between two looks, estimated from a sample of pages.
 *
 * @param bytes evicted and resident again
 * @param errorBytes how much of that rests on one place of the sample alone
 * @param repeatedPages pages of the sample that came back for the second time or more
 * @param expectedRepeats how many that would be if the pages that come back were drawn blindly
 * @param readBytes read from the device meanwhile
 * @param writtenBytes written to it meanwhile: that much comes back by writing, which costs nothing
 */
public record Returns(
    long bytes,
    long errorBytes,
    long repeatedPages,
    double expectedRepeats,
    long readBytes,
    long writtenBytes) {
  public static final Returns NOTHING = new Returns(0, 0, 0, 0, 0, 0);

  /**
   * What came back by reading: the disk was read for it again. No more than the device read at all:
   * the estimate has steps of a sixteenth of what was evicted, and below a writer that is much.
   */
  public long readAgainBytes() {
    return readOf(bytes);
  }

  /** What of that would be left if one place of the sample had come back by chance. */
  long surelyReadAgainBytes() {
    return readOf(bytes - errorBytes);
  }

  private long readOf(long returnedBytes) {
    return Math.min(readBytes, Math.max(0, returnedBytes - writtenBytes));
  }

  /** Returns whether reading brought back more of it than writing. */
  public boolean isMostlyReadAgain() {
    return readAgainShare() > 0.5;
  }

  /** Which part of what came back did so by reading, from 0 to 1. */
  double readAgainShare() {
    return bytes == 0 ? 0 : (double) readAgainBytes() / bytes;
  }
}
