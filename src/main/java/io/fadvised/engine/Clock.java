package io.fadvised.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;

/** The engine's source of time. */
public interface Clock {
  /** Returns nanoseconds from an arbitrary origin, never going back. */
  long nanos();

  /**
   * Returns the processor time of the calling thread in nanoseconds. A call takes 1 to 2 µs (JDK
   * 17). Fake hosts, on which nothing is preempted, return {@link #nanos}.
   */
  default long processorNanos() {
    return nanos();
  }

  /** Returns the time of day, for reports only. */
  Instant now();

  /** Returns the system's clock. */
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
