package io.fadvised.cli;

import java.util.ArrayList;
import java.util.List;

/** Fits text into a width, counted in characters. */
public final class Lines {
  private static final String ELLIPSIS = "...";

  private Lines() {}

  /** Breaks at blanks into lines of at most {@code width}; a longer word gets its own line. */
  public static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Replaces the middle by an ellipsis; a third of the rest is kept before it. */
  static String shortened(String text, int width) {
    if (text.length() <= width || width <= ELLIPSIS.length()) {
      return text;
    }
    int kept = width - ELLIPSIS.length();
    int head = kept / 3;
    return text.substring(0, head) + ELLIPSIS + text.substring(text.length() - (kept - head));
  }
}
