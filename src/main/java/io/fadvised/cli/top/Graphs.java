package io.fadvised.cli.top;

import java.util.List;

/** Figures as characters: block elements where the terminal can show them, else ASCII. */
final class Graphs {
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final String ASCII = "._-=+*%#";

  private final boolean unicode;

  /**
   * @param unicode whether the terminal shows more than ASCII
   */
  Graphs(boolean unicode) {
    this.unicode = unicode;
  }

  /**
   * A bar that is full at 1.
   *
   * @param share less than 0 counts as 0, more than 1 as 1
   */
  String bar(double share, int width) {
    int full = (int) Math.round(Math.max(0, Math.min(1, share)) * width);
    String filled = unicode ? "█" : "#";
    String rest = unicode ? "░" : "-";
    return filled.repeat(full) + rest.repeat(width - full);
  }

  /** The last values, one character each, the latest to the right; the highest is full. */
  String sparkline(List<Long> values, int width) {
    List<Long> last = values.subList(Math.max(0, values.size() - width), values.size());
    long most = last.stream().mapToLong(Long::longValue).max().orElse(0);
    String levels = unicode ? BLOCKS : ASCII;
    StringBuilder line = new StringBuilder(" ".repeat(width - last.size()));
    for (long value : last) {
      int level = most == 0 ? 0 : (int) (value * (levels.length() - 1) / most);
      line.append(levels.charAt(level));
    }
    return line.toString();
  }
}
