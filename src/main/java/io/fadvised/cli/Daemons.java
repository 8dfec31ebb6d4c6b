package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import java.util.Optional;
import java.util.function.Function;

/** The fadvised daemon that may be running on this host. */
interface Daemons {
  /** Returns its process number; empty if this user can reach none. */
  Optional<Long> find();

  /**
   * Calls the daemon. An {@link IllegalArgumentException} or {@link IllegalStateException} of the
   * daemon is rethrown; its message is written for the operator.
   *
   * @param process its number, as returned by {@link #find}
   * @throws DaemonUnavailableException if it cannot be reached or does not respond in time
   */
  <T> T ask(long process, Function<ControlMXBean, T> question) throws DaemonUnavailableException;

  /**
   * Opens a connection for several calls.
   *
   * @param process its number, as returned by {@link #find}
   * @throws DaemonUnavailableException if it cannot be reached in time
   */
  Link connect(long process) throws DaemonUnavailableException;

  /** A connection to a daemon. */
  interface Link extends AutoCloseable {
    /** Calls the daemon like {@link Daemons#ask}. */
    <T> T ask(Function<ControlMXBean, T> question) throws DaemonUnavailableException;

    @Override
    void close();
  }
}
