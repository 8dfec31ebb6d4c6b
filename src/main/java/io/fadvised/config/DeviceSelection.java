package io.fadvised.config;

/**
 * The result of matching a device against the patterns.
 *
 * @param reason for operators, with the pattern that decided
 */
public record DeviceSelection(Verdict verdict, String reason) {
  /** The result of the patterns. */
  public enum Verdict {
    INCLUDED,
    /** An exclude pattern matches. */
    EXCLUDED,
    /** No pattern matches the names that are known. */
    UNMATCHED
  }

  public boolean included() {
    return verdict == Verdict.INCLUDED;
  }
}
