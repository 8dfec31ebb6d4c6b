package io.fadvised.simulation;

/**
 * The disk of all files. It is modelled as a share of time instead of a queue of requests: the
 * higher its load, the longer each request takes, so that the load settles at its capacity.
 */
final class Disk {
  /** The minimum share of its time for writing back while readers use all of it. */
  private static final double MIN_WRITING_SHARE = 0.5;

  /** Limits the slowdown, since the load follows it only a slice later. */
  static final double MAX_SLOWDOWN = 1_000;

  private double slowdown = 1;
  private double waitedForNanos;
  private long readBytes;

  /** Returns the time to read {@code bytes}, in random blocks or in sequence. */
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

  /** Returns the time to write {@code bytes} with fsync(2) after each block. */
  long writeSafely(long bytes) {
    waitedForNanos += bytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    return (long) (bytes / Hardware.BLOCK_BYTES * Hardware.FSYNC_NANOS * slowdown);
  }

  /** Returns the bytes that it can write back in a slice of time. */
  long writableBytes(long sliceNanos) {
    double share = Math.max(MIN_WRITING_SHARE, 1 - waitedForNanos / sliceNanos);
    return (long) (share * sliceNanos / 1e9 * Hardware.DISK_WRITE_BYTES_PER_SECOND);
  }

  /** Ends a slice of time in which {@code writtenBackBytes} were written back. */
  void endSlice(long sliceNanos, long writtenBackBytes) {
    double writing = writtenBackBytes * 1e9 / Hardware.DISK_WRITE_BYTES_PER_SECOND;
    double asked = (waitedForNanos + writing) / sliceNanos;
    slowdown = Math.max(1, Math.min(MAX_SLOWDOWN, slowdown * (1 + asked) / 2));
    waitedForNanos = 0;
  }

  long readBytes() {
    return readBytes;
  }
}
