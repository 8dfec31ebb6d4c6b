package io.fadvised.cli;

/** A daemon runs, but could not be asked. */
final class NoAnswerException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String words;

  NoAnswerException(long process, String why, Throwable cause) {
    super(why, cause);
    words = "the daemon (process " + process + ") is unavailable: " + why;
  }

  /** The sentence for the operator, without a full stop. */
  String words() {
    return words;
  }
}
