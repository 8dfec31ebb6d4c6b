package io.fadvised.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;

/** Time, as the engine sees it. */
public interface Clock {
  /** Nanoseconds from an arbitrary origin, never going back. */
  long nanos();

  /**
   * Nanoseconds of processor time that the calling thread has taken. Costs 1 to 2 µs (JDK 17). Fake
   * hosts, on which nothing is preempted, take it from {@link #nanos}.
   */
  default long processorNanos() {
    return nanos();
  }

  /** The time of day, for reports only. */
  Instant now();

  /** The system's. */
  static Clock system() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return new Clock() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public long processorNanos() {
        return threads.getCurrentThreadCpuTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }
    };
  }
}
