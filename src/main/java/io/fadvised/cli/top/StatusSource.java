package io.fadvised.cli.top;

import io.fadvised.status.HostStatus;
import org.jspecify.annotations.Nullable;

/** Supplies the status and executes orders. Used by one thread. */
public interface StatusSource extends AutoCloseable {
  /** Returns the name for the first line, such as {@code daemon 1234}. */
  String name();

  /**
   * Returns the present status.
   *
   * @throws FailedException if it is unavailable this time
   */
  HostStatus status() throws FailedException, InterruptedException;

  /**
   * Executes an order.
   *
   * @return the result as a sentence
   */
  String give(Order order) throws FailedException, InterruptedException;

  @Override
  void close();

  /** An order to the daemon. */
  enum Order {
    /** Pauses sweeps. */
    PAUSE,
    /** Resumes sweeps. */
    RESUME,
    /** Sweeps all devices now. */
    SWEEP
  }

  /** A status is unavailable or an order failed. */
  final class FailedException extends Exception {
    private final String words;

    public FailedException(String words, @Nullable Throwable cause) {
      super(words, cause);
      this.words = words;
    }

    /** Returns the reason as a phrase. */
    public String words() {
      return words;
    }
  }
}
