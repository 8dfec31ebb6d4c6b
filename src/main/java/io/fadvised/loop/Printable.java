package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Makes untrusted text safe to print: one line, no terminal control. */
public final class Printable {
  private Printable() {}

  /**
   * Escapes control characters, line and paragraph separators, and characters that reorder text, as
   * {@code \n}, {@code \t}, {@code \}{@code u001b}; a backslash is doubled.
   */
  public static String of(String text) {
    if (isPlain(text)) {
      return text; // nearly always
    }
    StringBuilder line = new StringBuilder(text.length() + 8);
    text.codePoints().forEach(codePoint -> append(line, codePoint));
    return line.toString();
  }

  /** Decodes UTF-8, given as one char for each byte, and escapes it like {@link #of}. */
  public static String ofBytes(String bytes) {
    return of(new String(bytes.getBytes(ISO_8859_1), UTF_8));
  }

  /** Returns whether a text is ASCII and has nothing to escape. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static void append(StringBuilder line, int codePoint) {
    switch (codePoint) {
      case '\n' -> line.append("\\n");
      case '\t' -> line.append("\\t");
      case '\r' -> line.append("\\r");
      case '\\' -> line.append("\\\\");
      default -> {
        if (isUnsafe(codePoint)) {
          line.append(String.format("\\u%04x", codePoint));
        } else {
          line.appendCodePoint(codePoint);
        }
      }
    }
  }

  private static boolean isUnsafe(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
