package io.fadvised.pressure;

/** Small helper for text of the kernel. */
final class ProcText {
  private ProcText() {}

  /** A number of 0 or more; -1 if it is none. */
  static long number(String text) {
    try {
      return Math.max(-1, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
