package io.fadvised.config;

import java.util.Locale;

/** What to do about loop devices without direct I/O, as {@code fadvised.direct-io} names it. */
public enum DirectIoMode {
  /** Say whether it could be had. */
  REPORT,
  /** Switch it on where that works, and evict where it does not. */
  ENABLE,
  /** Evict, and say nothing of it. */
  IGNORE;

  static DirectIoMode of(String text) {
    for (DirectIoMode mode : values()) {
      if (mode.toString().equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("\"" + text + "\" is not one of report, enable, ignore");
  }

  /** The mode as an operator writes it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
