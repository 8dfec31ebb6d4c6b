package io.fadvised.cli;

/** How a command can end. */
final class ExitCodes {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** What doctor says of a host with a device that is cached twice, or would be. */
  static final int NOT_HEALTHY = 3;

  /** EX_CONFIG of sysexits.h, which systemd shows by name. */
  static final int CONFIGURATION = 78;

  private ExitCodes() {}
}
