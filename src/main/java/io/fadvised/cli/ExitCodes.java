package io.fadvised.cli;

/** How a command can end. */
final class ExitCodes {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** EX_CONFIG of sysexits.h, which systemd shows by name. */
  static final int CONFIGURATION = 78;

  private ExitCodes() {}
}
