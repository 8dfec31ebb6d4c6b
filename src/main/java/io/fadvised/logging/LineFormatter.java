package io.fadvised.logging;

import io.fadvised.loop.Printable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Formats each record as one line. In the journal the line starts with the priority, see
 * sd-daemon(3); elsewhere with time and level. Control characters are escaped. A stack trace has
 * one line for each frame, with the same start.
 */
final class LineFormatter extends Formatter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private final boolean forJournal;

  LineFormatter(boolean forJournal) {
    this.forJournal = forJournal;
  }

  @Override
  public String format(LogRecord record) {
    String start = forJournal ? priority(record.getLevel()) : timeAndLevel(record);
    StringBuilder lines =
        new StringBuilder(start).append(Printable.of(formatMessage(record))).append('\n');
    if (record.getThrown() != null) {
      stackTrace(record.getThrown())
          .lines()
          .forEach(line -> lines.append(start).append(Printable.of(line.strip())).append('\n'));
    }
    return lines.toString();
  }

  /** The numbers of syslog(3): err, warning, info, debug. */
  private static String priority(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "<3>";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "<4>";
    }
    return level.intValue() >= Level.INFO.intValue() ? "<6>" : "<7>";
  }

  private static String timeAndLevel(LogRecord record) {
    String level =
        switch (priority(record.getLevel())) {
          case "<3>" -> "error ";
          case "<4>" -> "warn  ";
          case "<6>" -> "info  ";
          default -> "debug ";
        };
    return TIME.format(Instant.ofEpochMilli(record.getMillis())) + " " + level;
  }

  private static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
