package io.fadvised.control;

/** A daemon is running, but this user cannot ask it, or it does not answer. */
public final class DaemonUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public DaemonUnavailableException(String why, Throwable cause) {
    super("the daemon is unavailable: " + why, cause);
  }

  /** Returns a sentence for the operator, without a full stop. */
  public String words() {
    return String.valueOf(getMessage());
  }
}
