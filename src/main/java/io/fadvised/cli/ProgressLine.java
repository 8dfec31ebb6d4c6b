package io.fadvised.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line on a terminal that shows the progress of a measurement, and is erased at its end. */
final class ProgressLine implements HostMeasurement.Progress, AutoCloseable {
  /** Shorter measurements show nothing. */
  private static final Duration FIRST_AFTER = Duration.ofMillis(500);

  private static final Duration INTERVAL = Duration.ofMillis(100);

  private final PrintWriter terminal;
  private final LongSupplier nanoClock;
  private long nextNanos;
  private int shownLength;

  /**
   * @param nanoClock such as {@link System#nanoTime}
   */
  ProgressLine(PrintWriter terminal, LongSupplier nanoClock) {
    this.terminal = terminal;
    this.nanoClock = nanoClock;
    nextNanos = nanoClock.getAsLong() + FIRST_AFTER.toNanos();
  }

  @Override
  public void measured(int measured, int devices) {
    long now = nanoClock.getAsLong();
    if (now - nextNanos >= 0) {
      show(String.format(Locale.ROOT, "measured %,d of %,d devices", measured, devices));
      nextNanos = now + INTERVAL.toNanos();
    }
  }

  /** Writes over the last line. */
  private void show(String words) {
    String rest = " ".repeat(Math.max(0, shownLength - words.length()));
    terminal.print("\r" + words + rest);
    terminal.flush();
    shownLength = words.length();
  }

  /** Erases the line. */
  @Override
  public void close() {
    if (shownLength > 0) {
      show("");
      terminal.print("\r");
      terminal.flush();
    }
  }
}
