package io.fadvised.cli.demo;

/** No loop device with a mounted filesystem is available; the message names the reason. */
final class NoLoopDeviceException extends Exception {
  NoLoopDeviceException(String why) {
    super(why);
  }

  NoLoopDeviceException(String action, Exception cause) {
    super(action + ": " + cause.getMessage(), cause);
  }

  /** Returns the reason as a phrase. */
  String why() {
    return String.valueOf(getMessage());
  }
}
