package io.fadvised.cli.top;

import java.util.List;

/** Draws figures with block elements, or with ASCII if the terminal has no UTF-8. */
final class Graphs {
  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final String ASCII = "._-=+*%#";

  private final boolean unicode;

  /**
   * @param unicode whether to use block elements
   */
  Graphs(boolean unicode) {
    this.unicode = unicode;
  }

  /**
   * Returns a bar that is full at 1.
   *
   * @param share clamped to 0 to 1
   */
  String bar(double share, int width) {
    int full = (int) Math.round(Math.max(0, Math.min(1, share)) * width);
    String filled = unicode ? "█" : "#";
    String rest = unicode ? "░" : "-";
    return filled.repeat(full) + rest.repeat(width - full);
  }

  /** Draws the last values, one character each, scaled to their maximum; the latest is last. */
  String sparkline(List<Long> values, int width) {
    List<Long> last = values.subList(Math.max(0, values.size() - width), values.size());
    long max = last.stream().mapToLong(Long::longValue).max().orElse(0);
    String levels = unicode ? BLOCKS : ASCII;
    StringBuilder line = new StringBuilder(" ".repeat(width - last.size()));
    for (long value : last) {
      int level = max == 0 ? 0 : (int) (value * (levels.length() - 1) / max);
      line.append(levels.charAt(level));
    }
    return line.toString();
  }
}
