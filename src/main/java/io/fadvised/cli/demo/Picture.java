package io.fadvised.cli.demo;

import io.fadvised.policy.Bytes;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints the sizes of both copies as bars, at most 80 columns wide. */
final class Picture {
  private static final int BAR_COLUMNS = 20;

  private final PrintWriter out;
  private final long fullBytes;

  /**
   * @param fullBytes size of a full bar
   */
  Picture(PrintWriter out, long fullBytes) {
    this.out = out;
    this.fullBytes = fullBytes;
  }

  void heading() {
    out.printf("%14s%-33s%s%n", "", "upper copy: the file", "lower copy: the backing file");
  }

  void printLine(String when, long upperBytes, long lowerBytes) {
    out.println(
        String.format(
            Locale.ROOT,
            "%12s  %-20s %8s    %-20s %8s",
            when,
            bar(upperBytes),
            Bytes.text(upperBytes),
            bar(lowerBytes),
            Bytes.text(lowerBytes)));
  }

  /** Returns 0 to 20 marks, rounded to the nearest. */
  String bar(long bytes) {
    long marks = Math.round((double) bytes / fullBytes * BAR_COLUMNS);
    return "#".repeat((int) Math.max(0, Math.min(BAR_COLUMNS, marks)));
  }
}
