package io.fadvised.config;

import java.util.Locale;

/** The values of {@code fadvised.direct-io}, for loop devices without direct I/O. */
public enum DirectIoMode {
  /** Report whether direct I/O is available. */
  REPORT,
  /** Switch it on; evict where that fails. */
  ENABLE,
  /** Evict; report nothing about direct I/O. */
  IGNORE;

  static DirectIoMode of(String text) {
    for (DirectIoMode mode : values()) {
      if (mode.toString().equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("\"" + text + "\" is not one of report, enable, ignore");
  }

  /** The mode as operators write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
