package io.fadvised.control;

import io.fadvised.config.InvalidSettingsException;

/**
 * The daemon's answer to an order.
 *
 * @param code 0 if the order was executed, else the exit code of the command that gave it
 * @param words the result or the reason, for the operator; several lines if a configuration has
 *     several problems
 */
public record Answer(int code, String words) {
  public static final int DONE = 0;
  public static final int FAILED = 1;

  /** The configuration is invalid; the settings in force stay. */
  public static final int REJECTED = InvalidSettingsException.EXIT_STATUS;

  static Answer done(String words) {
    return new Answer(DONE, words);
  }

  static Answer failed(String words) {
    return new Answer(FAILED, words);
  }
}
