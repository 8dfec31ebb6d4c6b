package io.fadvised.loop;

/** The I/O of a block device since it appeared, from /proc/diskstats. */
public record IoCounters(long readBytes, long writtenBytes) {
  public static final IoCounters NONE = new IoCounters(0, 0);

  /**
   * Returns the difference to an earlier reading. A counter that is smaller than before belongs to
   * a new device and counts from zero.
   */
  public IoCounters since(IoCounters before) {
    return new IoCounters(
        added(before.readBytes, readBytes), added(before.writtenBytes, writtenBytes));
  }

  public IoCounters plus(IoCounters other) {
    return new IoCounters(readBytes + other.readBytes, writtenBytes + other.writtenBytes);
  }

  public long totalBytes() {
    return readBytes + writtenBytes;
  }

  private static long added(long before, long now) {
    return now < before ? now : now - before;
  }
}
