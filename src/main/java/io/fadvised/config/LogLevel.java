package io.fadvised.config;

import java.util.Locale;

/** The values of {@code fadvised.log.level}. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG;

  static LogLevel of(String text) {
    for (LogLevel level : values()) {
      if (level.toString().equals(text)) {
        return level;
      }
    }
    throw new IllegalArgumentException("\"" + text + "\" is not one of error, warn, info, debug");
  }

  /** The level as operators write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
