package io.fadvised.loop;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The loop devices of a host: {@link LoopScanner} finds this machine's. */
public interface LoopDevices {
  /**
   * Finds every attached loop device.
   *
   * @param known devices of an earlier scan by name; one whose attachment, path, size and direct
   *     I/O are unchanged is not read again, so its offset may be out of date
   * @throws IOException if they cannot be listed at all
   */
  LoopScan scan(Map<String, LoopDevice> known) throws IOException;

  /**
   * Reads one device.
   *
   * @return empty if nothing is attached to it
   * @throws IOException if it cannot be read
   */
  Optional<LoopDevice> read(String name) throws IOException;

  /**
   * Returns whether the kernel was told not to count a device's I/O, so that "none" proves nothing.
   */
  default boolean isUncounted(String name) {
    return false;
  }
}
