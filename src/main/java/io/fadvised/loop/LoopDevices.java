package io.fadvised.loop;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The loop devices of a host. {@link LoopScanner} is the implementation. */
public interface LoopDevices {
  /**
   * Finds every attached loop device.
   *
   * @param known devices of an earlier scan by name. A device with the same attachment, path, size
   *     and direct I/O is not read again, so its offset can be out of date. Beyond a thousand
   *     devices only the path is compared, and the rest in later scans
   * @throws IOException if the devices cannot be listed
   */
  LoopScan scan(Map<String, LoopDevice> known) throws IOException;

  /**
   * Reads one device.
   *
   * @return empty if no file is attached, or if it is not the name of a loop device
   * @throws IOException if it cannot be read
   */
  Optional<LoopDevice> read(String name) throws IOException;

  /** Returns whether counting the device's I/O is switched off, so that it never counts as idle. */
  default boolean isUncounted(String name) {
    return false;
  }
}
