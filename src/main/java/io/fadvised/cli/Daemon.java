package io.fadvised.cli;

import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import java.util.Optional;

/** The daemon of this host, if one is running. */
@FunctionalInterface
interface Daemon {
  /**
   * Asks the daemon.
   *
   * @return empty if none is running
   * @throws DaemonUnavailableException if one does not answer, or may be running where this user
   *     cannot look
   */
  Optional<Answer> ask(Request request) throws DaemonUnavailableException;
}
