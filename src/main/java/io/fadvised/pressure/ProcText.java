package io.fadvised.pressure;

import java.util.List;

/** Parses the kernel's lines of "name value"; at every tick, and therefore without garbage. */
public final class ProcText {
  @FunctionalInterface
  public interface LineConsumer {
    /**
     * Takes one line.
     *
     * @param name up to the first blank or colon
     * @param value the first number after it, 0 or more
     */
    void accept(String name, long value);
  }

  private ProcText() {}

  /** Passes on the lines that begin with one of the prefixes and have a number. */
  public static void forEachLine(String text, List<String> prefixes, LineConsumer lines) {
    int start = 0;
    while (start < text.length()) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      if (beginsWithOneOf(prefixes, text, start)) {
        parseLine(text, start, end, lines);
      }
      start = end + 1;
    }
  }

  /** Returns the number of 0 or more; -1 if the text is none. */
  public static long number(String text) {
    try {
      return Math.max(-1, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static boolean beginsWithOneOf(List<String> prefixes, String text, int at) {
    for (int i = 0; i < prefixes.size(); i++) {
      if (text.startsWith(prefixes.get(i), at)) {
        return true;
      }
    }
    return false;
  }

  private static void parseLine(String text, int start, int end, LineConsumer lines) {
    int nameEnd = start;
    while (nameEnd < end && text.charAt(nameEnd) != ' ' && text.charAt(nameEnd) != ':') {
      nameEnd++;
    }
    int valueStart = nameEnd;
    while (valueStart < end && !isDigit(text.charAt(valueStart))) {
      valueStart++;
    }
    int valueEnd = valueStart;
    while (valueEnd < end && isDigit(text.charAt(valueEnd))) {
      valueEnd++;
    }
    long value = number(text.substring(valueStart, valueEnd));
    if (value >= 0) {
      lines.accept(text.substring(start, nameEnd), value);
    }
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }
}
