package io.fadvised.config;

import java.util.Map;
import java.util.Optional;

/** Keys of earlier versions. They are warnings, since an upgrade must not stop the daemon. */
final class RemovedKeys {
  private static final Map<String, String> HINTS =
      Map.of(
          "fadvised.early-writeback",
          "devices that are being written are evicted, too; devices.exclude spares them",
          "fadvised.measuring",
          "the limits are 20 ms a second for a device and 100 ms for the host",
          "fadvised.rescan-interval",
          "sysfs is scanned every 30 s",
          "fadvised.jmx.remote",
          "the JDK's own agent serves JMX to other users; see JMX in fadvised(8)",
          "fadvised.restore-direct-io",
          "direct I/O stays on when the daemon stops; losetup --direct-io=off turns it off");

  private RemovedKeys() {}

  /**
   * The warning for a removed key, or for any key of a removed section.
   *
   * @param path starts with {@code fadvised.}
   */
  static Optional<String> warning(String path) {
    return HINTS.entrySet().stream()
        .filter(removed -> (path + ".").startsWith(removed.getKey() + "."))
        .map(removed -> "was removed and is ignored: " + removed.getValue())
        .findFirst();
  }
}
