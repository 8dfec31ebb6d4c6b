package io.fadvised.policy;

/**
 * The evicted pages of a device that became resident again between two measurements, estimated from
 * a sample of pages.
 *
 * @param bytes evicted and resident again
 * @param errorBytes part of them that rests on a single stretch of the sample
 * @param repeatedPages pages of the sample that returned for the second time or more
 * @param expectedRepeats the number of repeats expected by chance
 * @param readBytes read from the device meanwhile
 * @param writtenBytes written to it meanwhile: this much returns by writing, which costs nothing
 */
public record Returns(
    long bytes,
    long errorBytes,
    long repeatedPages,
    double expectedRepeats,
    long readBytes,
    long writtenBytes) {
  /**
   * Returns the bytes that were read back from the disk. They are limited to the bytes that the
   * device read: the estimate has steps of a sixteenth of the evicted bytes, which is coarse under
   * a writer.
   */
  public long readBackBytes() {
    return readOf(bytes);
  }

  /** Returns the bytes that were read back without the stretch that counts most. */
  long minReadBackBytes() {
    return readOf(bytes - errorBytes);
  }

  private long readOf(long returnedBytes) {
    return Math.min(readBytes, Math.max(0, returnedBytes - writtenBytes));
  }

  /** Returns whether more than half of the returned bytes were read back rather than written. */
  public boolean isMostlyReadBack() {
    return readBackShare() > 0.5;
  }

  /** Returns the fraction of the returned bytes that was read back, from 0 to 1. */
  double readBackShare() {
    return bytes == 0 ? 0 : (double) readBackBytes() / bytes;
  }
}
