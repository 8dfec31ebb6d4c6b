package io.fadvised.cli;

import io.fadvised.metrics.ControlMXBean;
import java.util.Optional;
import java.util.function.Function;

/** The fadvised daemon that may be running on this host. */
interface Daemons {
  /** Its process number; empty if none can be seen. */
  Optional<Long> find();

  /**
   * Asks it something. {@link IllegalArgumentException} and {@link IllegalStateException} are
   * answers of the daemon, with sentences, and come out unchanged.
   *
   * @param process its number, as {@link #find} gave it
   * @throws NoAnswerException if it could not be asked, or did not answer in time
   */
  <T> T ask(long process, Function<ControlMXBean, T> question) throws NoAnswerException;

  /**
   * Stays connected with it, for many questions.
   *
   * @param process its number, as {@link #find} gave it
   * @throws NoAnswerException if it could not be reached in time
   */
  Link connect(long process) throws NoAnswerException;

  /** A connection to a daemon. */
  interface Link extends AutoCloseable {
    /** As {@link Daemons#ask}. */
    <T> T ask(Function<ControlMXBean, T> question) throws NoAnswerException;

    @Override
    void close();
  }
}
