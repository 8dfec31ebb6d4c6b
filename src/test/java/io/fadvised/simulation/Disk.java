package io.fadvised.simulation;

/**
 * The disk that all files lie on. Not a queue of requests but a share of time: the more is asked of
 * it, the longer everything takes, so that in the end no more is asked than it can do.
 */
final class Disk {
  /** Of its time that writing back gets even while readers want all of it. */
  private static final double LEAST_FOR_WRITING = 0.5;

  private double slowdown = 1;
  private double readNanos;
  private double writingShare;
  private long readBytes;
  private long writtenBytes;

  /** How long it takes to read so many bytes, in blocks here and there or in one go. */
  long read(long bytes, boolean inSequence) {
    readBytes += bytes;
    long bandwidth =
        inSequence ? Hardware.DISK_BYTES_PER_SECOND : Hardware.DISK_RANDOM_BYTES_PER_SECOND;
    double busy = bytes * 1e9 / bandwidth;
    readNanos += busy;
    double alone =
        inSequence ? busy : (double) bytes / Hardware.BLOCK_BYTES * Hardware.DISK_READ_NANOS;
    return (long) (alone * slowdown);
  }

  /** Writes of a program that waits for them. */
  void write(long bytes) {
    writtenBytes += bytes;
    readNanos += bytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
  }

  /** How many bytes it could write back in a slice of time. */
  long writableBytes(long sliceNanos) {
    double share = Math.max(LEAST_FOR_WRITING, 1 - readNanos / sliceNanos);
    return (long) (share * sliceNanos / 1e9 * Hardware.DISK_WRITE_BYTES_PER_SECOND);
  }

  /** A slice of time is over, in which so much was written back. */
  void endSlice(long sliceNanos, long writtenBackBytes) {
    writtenBytes += writtenBackBytes;
    double writing = writtenBackBytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    writingShare = (writingShare + Math.min(1, writing / sliceNanos)) / 2;
    slowdown = Math.max(1, slowdown * (1 + (readNanos + writing) / sliceNanos) / 2);
    readNanos = 0;
  }

  long readBytes() {
    return readBytes;
  }

  long writtenBytes() {
    return writtenBytes;
  }
}
