package io.fadvised.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What the host tells of memory pressure between two looks. Safe for several threads: told by the
 * watcher's, taken by the engine's.
 */
public final class PressureEvents {
  /**
   * What there was so far.
   *
   * @param watched whether anything would tell
   * @param words what the engine is woken by
   * @param count of events, since the start
   */
  public record Told(boolean watched, String words, long count) {}

  /**
   * While pressure lasts, events were seen to come every 1 to 4 s (PSI, with and without reads).
   */
  private static final Duration LASTING = Duration.ofSeconds(5);

  private boolean watched;
  private String words = "its tick alone";
  private long count;
  private long cameAtNanos;
  private Optional<Duration> stallWindow = Optional.empty();

  synchronized void watching(boolean isWatched, String by) {
    watched = isWatched;
    words = by;
  }

  /** Takes note of an event; whether it is the first one for a while, and a reason to wake up. */
  synchronized boolean rises(Duration window, long nowNanos) {
    boolean isOnset = !isLasting(nowNanos);
    stallWindow = Optional.of(window);
    count++;
    cameAtNanos = nowNanos;
    return isOnset;
  }

  /** Whether the last event is recent enough to expect more of them. */
  synchronized boolean isLasting(long nowNanos) {
    return count > 0 && nowNanos - cameAtNanos <= LASTING.toNanos();
  }

  /** The stall window of the last event since the last call, if there was one. */
  synchronized Optional<Duration> take() {
    Optional<Duration> taken = stallWindow;
    stallWindow = Optional.empty();
    return taken;
  }

  synchronized Told told() {
    return new Told(watched, words, count);
  }
}
