package io.fadvised.pagecache;

/** Residency cannot be learned truthfully, or not at a bearable cost; says why. */
public final class UnmeasurableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  UnmeasurableException(String message) {
    super(message);
    reason = message;
  }

  /** Why, for people. */
  public String reason() {
    return reason;
  }
}
