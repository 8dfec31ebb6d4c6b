package io.fadvised.cli.top;

import io.fadvised.status.HostStatus;

/** Where the view gets what it shows, and where its orders go. Used by one thread. */
public interface StatusSource extends AutoCloseable {
  /** Who says it, for the first line: {@code daemon 1234}. */
  String name();

  /**
   * What is known now.
   *
   * @throws FailedException if nothing could be found out this time
   */
  HostStatus status() throws FailedException, InterruptedException;

  /**
   * Gives an order.
   *
   * @return what was done, in a sentence
   */
  String give(Order order) throws FailedException, InterruptedException;

  @Override
  void close();

  /** What an operator may want of a daemon. */
  enum Order {
    /** Stop sweeping, or go on if it was stopped. */
    PAUSE_OR_RESUME,
    /** Sweep everything now. */
    SWEEP
  }

  /** It did not work, for a reason in words. */
  final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String words;

    /** For a reason. */
    public FailedException(String words, Throwable cause) {
      super(words, cause);
      this.words = words;
    }

    /** Why, for people. */
    public String words() {
      return words;
    }
  }
}
