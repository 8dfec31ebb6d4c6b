package io.fadvised.cli;

import io.fadvised.config.InvalidSettingsException;

/** The exit codes of all commands. */
final class ExitCodes {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /**
   * {@code doctor}: a device is cached twice, would be, or could not be examined. {@code cure}:
   * such a device has no safe cure.
   */
  static final int NOT_HEALTHY = 3;

  /**
   * {@code cure}: a step failed, and the device is not as before. Or it is cured, but the file that
   * makes this last could not be written.
   */
  static final int CHANGED = 4;

  /**
   * {@code status}: Ctrl-C ended the measurement, and only a part of the devices is shown. {@code
   * doctor}: Ctrl-C ended it. {@code cure}: a signal ended it, and everything is as before.
   */
  static final int INTERRUPTED = 130;

  static final int CONFIGURATION = InvalidSettingsException.EXIT_STATUS;

  private ExitCodes() {}
}
