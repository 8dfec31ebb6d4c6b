package io.fadvised.logging;

import io.fadvised.config.LogLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Sets up java.util.logging, the backend of SLF4J, to write to standard error. */
public final class Logging {
  private static final Logger ROOT = Logger.getLogger("");

  /** Kept because java.util.logging forgets the level of an unreferenced logger. */
  private static final Logger OURS = Logger.getLogger("io.fadvised");

  private Logging() {}

  /**
   * Replaces any earlier setup.
   *
   * @param journalStream the value of {@code JOURNAL_STREAM}, or null
   * @return whether standard error is the journal
   */
  public static boolean start(LogLevel level, @Nullable String journalStream) {
    LogManager.getLogManager().reset();
    Handler handler = new ConsoleHandler();
    boolean isJournal = isStandardError(journalStream);
    handler.setFormatter(new LineFormatter(isJournal));
    handler.setLevel(Level.ALL);
    ROOT.addHandler(handler);
    ROOT.setLevel(Level.WARNING); // libraries log warnings only
    setLevel(level);
    return isJournal;
  }

  public static void setLevel(LogLevel level) {
    OURS.setLevel(
        switch (level) {
          case ERROR -> Level.SEVERE;
          case WARN -> Level.WARNING;
          case INFO -> Level.INFO;
          case DEBUG -> Level.FINE;
        });
  }

  /**
   * Compares the file, since children with other output inherit JOURNAL_STREAM: systemd.exec(5).
   */
  private static boolean isStandardError(@Nullable String journalStream) {
    if (journalStream == null) {
      return false;
    }
    try {
      Path standardError = Path.of("/proc/self/fd/2");
      return journalStream.equals(
          Files.getAttribute(standardError, "unix:dev")
              + ":"
              + Files.getAttribute(standardError, "unix:ino"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
