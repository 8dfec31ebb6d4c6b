package io.fadvised.pagecache;

/** The kernel would not tell this process the truth about residency; says what it would take. */
public final class UntrustedProbeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  UntrustedProbeException(String message) {
    super(message);
    reason = message;
  }

  /** Why, for people. */
  public String reason() {
    return reason;
  }
}
