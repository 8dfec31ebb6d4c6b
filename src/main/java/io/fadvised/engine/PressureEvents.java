package io.fadvised.engine;

/**
 * The kernel's reports of memory stalls between two ticks. Thread-safe: the watcher's thread
 * reports and the engine's thread reads.
 */
public final class PressureEvents {
  /**
   * The source and the number of reports.
   *
   * @param watched whether there is a source of reports
   * @param words its name for people
   * @param count of reports since the start
   */
  public record Summary(boolean watched, String words, long count) {}

  private boolean watched;
  private String words = "the timer only";
  private long count;
  private boolean isExpected;
  private boolean hasWoken;

  synchronized void watching(boolean isWatched, String by) {
    watched = isWatched;
    words = by;
  }

  /**
   * Sets whether a report wakes the engine. It does on a quiet host; otherwise the next tick is at
   * most a second away.
   */
  synchronized void expect(boolean isQuiet) {
    isExpected = isQuiet;
  }

  /** Counts a report; returns whether it wakes the engine. */
  synchronized boolean rises() {
    count++;
    boolean wakes = isExpected;
    hasWoken |= wakes;
    isExpected = false;
    return wakes;
  }

  /** Returns whether a report has woken the engine since the last call. */
  synchronized boolean take() {
    boolean woken = hasWoken;
    hasWoken = false;
    return woken;
  }

  synchronized Summary summary() {
    return new Summary(watched, words, count);
  }
}
