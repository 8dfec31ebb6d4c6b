package io.fadvised.config;

/** The values of {@code fadvised.log.level}. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG
}
