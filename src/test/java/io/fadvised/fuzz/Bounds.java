package io.fadvised.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fadvised.loop.Printable;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;

/**
 * Limits of a parser for any input. Time is processor time, which other processes do not change.
 */
public final class Bounds {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A hundred times the time of the largest inputs here with a fuzzer's instrumentation. */
  private static final long MAX_NANOS = 10_000_000_000L;

  /** Counts garbage too; the daemon's heap is 32 MiB. */
  private static final long MAX_BYTES = 256L << 20;

  private final long thread = Thread.currentThread().getId();
  private final long bytesBefore = THREADS.getThreadAllocatedBytes(thread);
  private final long nanosBefore = THREADS.getCurrentThreadCpuTime();

  private Bounds() {}

  /**
   * Returns the result, or throws the exception, of a call that stays within the limits. A call
   * that exceeds them is repeated once, since the first may have loaded classes.
   */
  public static <T> T within(Callable<T> parse) throws Exception {
    Bounds first = new Bounds();
    try {
      return parse.call();
    } finally {
      if (first.nanos() > MAX_NANOS || first.bytes() > MAX_BYTES) {
        again(parse);
      }
    }
  }

  private static void again(Callable<?> parse) {
    Bounds second = new Bounds();
    try {
      parse.call();
    } catch (Exception e) {
      // thrown by the first call too
    }
    assertThat(second.nanos()).as("nanoseconds").isLessThan(MAX_NANOS);
    assertThat(second.bytes()).as("bytes allocated").isLessThan(MAX_BYTES);
  }

  private long nanos() {
    return THREADS.getCurrentThreadCpuTime() - nanosBefore;
  }

  private long bytes() {
    return THREADS.getThreadAllocatedBytes(thread) - bytesBefore;
  }

  /** Asserts that the text is one line without terminal control. */
  public static void assertPrintable(String text) {
    String withoutBackslashes = text.replace("\\", "");
    assertThat(Printable.of(withoutBackslashes)).isEqualTo(withoutBackslashes);
  }
}
