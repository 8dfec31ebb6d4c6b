package io.fadvised.control;

import io.fadvised.config.InvalidSettingsException;

/** Reads the configuration again and applies it. */
@FunctionalInterface
public interface Reload {
  /**
   * Runs on a thread of its own, since storage of the configuration may hang.
   *
   * @return a sentence for the operator, with any warnings
   * @throws InvalidSettingsException with all problems if the configuration is invalid; the
   *     settings in force stay
   */
  String reload() throws InvalidSettingsException;
}
