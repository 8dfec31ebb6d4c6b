package io.fadvised.cli.demo;

/** A loop device with a mounted filesystem cannot be had here; the message says why. */
final class NoLoopDeviceException extends Exception {
  private static final long serialVersionUID = 1L;

  NoLoopDeviceException(String why) {
    super(why);
  }

  NoLoopDeviceException(String what, Exception cause) {
    super(what + ": " + cause.getMessage(), cause);
  }

  /** Why, for people. */
  String why() {
    return String.valueOf(getMessage());
  }
}
