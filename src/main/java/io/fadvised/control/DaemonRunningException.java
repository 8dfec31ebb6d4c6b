package io.fadvised.control;

import java.io.IOException;

/** Another daemon runs on this host. */
public final class DaemonRunningException extends IOException {
  DaemonRunningException(String message) {
    super(message);
  }
}
