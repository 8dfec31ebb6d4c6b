package io.fadvised.cli;

/** A daemon is running, but cannot be reached or does not respond. */
final class DaemonUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String words;

  DaemonUnavailableException(long process, String why, Throwable cause) {
    super(why, cause);
    words = "the daemon (process " + process + ") is unavailable: " + why;
  }

  /** Returns a sentence for the operator, without a full stop. */
  String words() {
    return words;
  }
}
