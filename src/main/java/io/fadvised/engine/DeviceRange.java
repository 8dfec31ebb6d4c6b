package io.fadvised.engine;

import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.ByteRange;

/** Which part of its backing file a loop device shows. */
public final class DeviceRange {
  private DeviceRange() {}

  /**
   * The part that a device shows, in whole pages.
   *
   * @param fileBytes the backing file's length
   * @param pageBytes the size of a page
   */
  public static ByteRange of(LoopDevice device, long fileBytes, int pageBytes) {
    long start = Math.min(device.offsetBytes(), fileBytes);
    long rest = fileBytes - start;
    long block = device.logicalBlockBytes(); // the device ends at a whole one
    long length = device.sizeBytes() < rest - block ? device.sizeBytes() + block : rest;
    return new ByteRange(start, length).alignedOutwards(pageBytes);
  }
}
