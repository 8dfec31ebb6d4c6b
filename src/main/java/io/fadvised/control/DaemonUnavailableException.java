package io.fadvised.control;

/** A daemon does not answer, or one may be running that this user cannot ask. */
public final class DaemonUnavailableException extends Exception {
  /**
   * @param words a sentence for the operator, without a full stop
   */
  public DaemonUnavailableException(String words, Throwable cause) {
    super(words, cause);
  }

  /** Returns a sentence for the operator, without a full stop. */
  public String words() {
    return String.valueOf(getMessage());
  }
}
