package io.fadvised.loop;

/**
 * What a block device has done since it appeared, as /proc/diskstats counts it.
 *
 * @param readBytes bytes read from the device
 * @param writtenBytes bytes written to it
 */
public record IoCounters(long readBytes, long writtenBytes) {
  public static final IoCounters NONE = new IoCounters(0, 0);

  /**
   * What has been added since {@code before}. Counters that show less began anew, with the device
   * made anew, and have added what they show.
   */
  public IoCounters since(IoCounters before) {
    return new IoCounters(
        added(before.readBytes, readBytes), added(before.writtenBytes, writtenBytes));
  }

  /** Both together. */
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
