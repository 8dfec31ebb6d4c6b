package io.fadvised.pagecache;

/** Thrown if the kernel does not report the true residency to this process. */
public final class UnmeasurableException extends Exception {
  private final String reason;

  UnmeasurableException(String message) {
    super(message);
    reason = message;
  }

  /** Returns the reason, for people. */
  public String reason() {
    return reason;
  }
}
