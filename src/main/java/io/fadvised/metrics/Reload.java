package io.fadvised.metrics;

import io.fadvised.config.InvalidSettingsException;

/** Reads the configuration again and applies it. */
@FunctionalInterface
public interface Reload {
  /**
   * Does it, on the thread of the JMX client that asked for it.
   *
   * @return what was done, in a sentence
   * @throws InvalidSettingsException with all problems if the configuration cannot be used; the
   *     settings in force stay
   */
  String reload() throws InvalidSettingsException;
}
