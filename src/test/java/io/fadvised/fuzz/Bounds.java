package io.fadvised.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fadvised.loop.Printable;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;

/** What no input may make a parser exceed. Time is the processor's: others may use it too. */
public final class Bounds {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A hundred times what the largest inputs here take with a fuzzer's instrumentation. */
  private static final long MOST_NANOS = 10_000_000_000L;

  /** Of garbage, too; the daemon's heap is 32 MiB. */
  private static final long MOST_BYTES = 256L << 20;

  private final long thread = Thread.currentThread().getId();
  private final long bytesBefore = THREADS.getThreadAllocatedBytes(thread);
  private final long nanosBefore = THREADS.getCurrentThreadCpuTime();

  private Bounds() {}

  /**
   * Passes on the result, or the exception, unless it took too much of anything. What takes too
   * much is done again, since the first time may have loaded classes.
   */
  public static <T> T within(Callable<T> parse) throws Exception {
    Bounds first = new Bounds();
    try {
      return parse.call();
    } finally {
      if (first.nanos() > MOST_NANOS || first.bytes() > MOST_BYTES) {
        again(parse);
      }
    }
  }

  private static void again(Callable<?> parse) {
    Bounds second = new Bounds();
    try {
      parse.call();
    } catch (Exception e) {
      // as before
    }
    assertThat(second.nanos()).as("nanoseconds").isLessThan(MOST_NANOS);
    assertThat(second.bytes()).as("bytes allocated").isLessThan(MOST_BYTES);
  }

  private long nanos() {
    return THREADS.getCurrentThreadCpuTime() - nanosBefore;
  }

  private long bytes() {
    return THREADS.getThreadAllocatedBytes(thread) - bytesBefore;
  }

  /** Whether a terminal may be shown it: one line, and nothing that it would obey. */
  public static void assertPrintable(String text) {
    String withoutBackslashes = text.replace("\\", "");
    assertThat(Printable.of(withoutBackslashes)).isEqualTo(withoutBackslashes);
  }
}
