package io.fadvised.cli;

import io.fadvised.config.InvalidSettingsException;

/** How a command can end. */
final class ExitCodes {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** What doctor says of a host with a device that is cached twice, or would be. */
  static final int NOT_HEALTHY = 3;

  static final int CONFIGURATION = InvalidSettingsException.EXIT_STATUS;

  private ExitCodes() {}
}
