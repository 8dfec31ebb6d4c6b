package io.fadvised.engine;

import java.time.Instant;

/** Time, as the engine sees it. */
public interface Clock {
  /** Nanoseconds from an arbitrary origin, never going back. */
  long nanos();

  /** The time of day, for reports only. */
  Instant now();

  /** The system's. */
  static Clock system() {
    return new Clock() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }
    };
  }
}
