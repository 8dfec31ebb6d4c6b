package io.fadvised.loop;

/**
 * What a block device has done since it appeared, as /proc/diskstats counts it.
 *
 * @param readBytes bytes read from the device
 * @param writtenBytes bytes written to it
 */
public record IoCounters(long readBytes, long writtenBytes) {
  public static final IoCounters NONE = new IoCounters(0, 0);

  /** What has been added since {@code before}; never negative, since counters restart at attach. */
  public IoCounters since(IoCounters before) {
    return new IoCounters(
        Math.max(0, readBytes - before.readBytes), Math.max(0, writtenBytes - before.writtenBytes));
  }

  public long totalBytes() {
    return readBytes + writtenBytes;
  }
}
