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
   * @throws DaemonUnavailableException if one is running, but does not answer this user
   */
  Optional<Answer> ask(Request request) throws DaemonUnavailableException;
}
