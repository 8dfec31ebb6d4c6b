package io.fadvised.simulation;

/**
 * The disk that all files lie on. Not a queue of requests but a share of time: the more is asked of
 * it, the longer everything takes, so that in the end no more is asked than it can do.
 */
final class Disk {
  /** Of its time that writing back gets even while readers want all of it. */
  private static final double LEAST_FOR_WRITING = 0.5;

  /** What is asked of it follows only a slice later; this keeps that from running away. */
  static final double MOST_SLOWDOWN = 1_000;

  private double slowdown = 1;
  private double waitedForNanos;
  private long readBytes;
  private long writtenBytes;

  /** How long it takes to read so many bytes, in blocks here and there or in one go. */
  long read(long bytes, boolean inSequence) {
    readBytes += bytes;
    long bandwidth =
        inSequence ? Hardware.DISK_BYTES_PER_SECOND : Hardware.DISK_RANDOM_BYTES_PER_SECOND;
    double busy = bytes * 1e9 / bandwidth;
    waitedForNanos += busy;
    double alone =
        inSequence ? busy : (double) bytes / Hardware.BLOCK_BYTES * Hardware.DISK_READ_NANOS;
    return (long) (alone * slowdown);
  }

  /** How long it takes to write so many bytes, and to make each block safe. */
  long writeSafely(long bytes) {
    writtenBytes += bytes;
    waitedForNanos += bytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    return (long) (bytes / Hardware.BLOCK_BYTES * Hardware.FSYNC_NANOS * slowdown);
  }

  /** How many bytes it could write back in a slice of time. */
  long writableBytes(long sliceNanos) {
    double share = Math.max(LEAST_FOR_WRITING, 1 - waitedForNanos / sliceNanos);
    return (long) (share * sliceNanos / 1e9 * Hardware.DISK_WRITE_BYTES_PER_SECOND);
  }

  /** A slice of time is over, in which so much was written back. */
  void endSlice(long sliceNanos, long writtenBackBytes) {
    writtenBytes += writtenBackBytes;
    double writing = writtenBackBytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    double asked = (waitedForNanos + writing) / sliceNanos;
    slowdown = Math.max(1, Math.min(MOST_SLOWDOWN, slowdown * (1 + asked) / 2));
    waitedForNanos = 0;
  }

  long readBytes() {
    return readBytes;
  }

  long writtenBytes() {
    return writtenBytes;
  }
}
