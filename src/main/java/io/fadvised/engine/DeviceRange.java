package io.fadvised.engine;

import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.ByteRange;

/** Computes the part of a backing file behind a loop device. */
public final class DeviceRange {
  private DeviceRange() {}

  /**
   * Returns the part behind a device, in whole pages.
   *
   * @param fileBytes the backing file's length
   * @param pageBytes the size of a page
   */
  public static ByteRange of(LoopDevice device, long fileBytes, int pageBytes) {
    long start = Math.min(device.offsetBytes(), fileBytes);
    long rest = fileBytes - start;
    long block = device.logicalBlockBytes(); // the size of the device is rounded down to blocks
    long length = device.sizeBytes() < rest - block ? device.sizeBytes() + block : rest;
    return new ByteRange(start, length).alignedOutwards(pageBytes);
  }
}
