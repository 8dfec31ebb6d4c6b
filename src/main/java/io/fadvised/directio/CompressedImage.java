package io.fadvised.directio;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.LoopDevice;
import java.nio.ByteBuffer;

/**
 * Recognises squashfs and EROFS images with compressed files (snaps, SIF containers). Their lower
 * cache is no second copy: it is smaller, and the disk is read again without it once files leave
 * the upper cache.
 */
public final class CompressedImage {
  /** Bytes at the start of an image that {@link #isAt} needs. */
  public static final int START_BYTES = 2 << 10;

  private CompressedImage() {}

  /**
   * Returns whether a read-only device begins with one; reads 2 KiB of its backing file. False if
   * that fails.
   */
  public static boolean isOn(LoopDevice device, Kernel kernel, OpenFile backing) {
    if (!device.readOnly()) {
      return false;
    }
    try {
      return isAt(kernel.read(backing, device.offsetBytes(), START_BYTES));
    } catch (KernelException e) {
      return false;
    }
  }

  /** Returns whether an image begins with these bytes; false if they are too few. */
  public static boolean isAt(byte[] start) {
    return start.length == START_BYTES && Superblocks.isCompressed(ByteBuffer.wrap(start));
  }
}
