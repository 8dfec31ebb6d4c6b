package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Evicts a file's pages with POSIX_FADV_DONTNEED, which never changes data: clean pages leave,
 * dirty ones are sent to be written and stay for this time.
 *
 * <p>Few large calls, on stretches known to have resident pages: before 5.10 the advice on a range
 * with anything uncached makes every CPU drain its page lists (fixed by eb1d7a65f08a). Between
 * calls there is a pause, so that a large file never holds the lists' locks without a break.
 */
public final class Evictor {
  /**
   * What a call takes on a fully resident window (measured, 6.18), and the least pause after it.
   */
  private static final Duration QUICK_CALL = Duration.ofMillis(1);

  /**
   * A call slower than twice that has drained the page lists of every CPU or waited for the disk.
   * Latency tails from many of those were cured by 15 ms between them.
   */
  private static final Duration SLOW_CALL_PAUSE = Duration.ofMillis(15);

  /**
   * The largest folio of file pages: one that lies only partly in the range stays, as does a
   * partial last page before 4.15. So up to this much beyond the ends of a range is evicted with
   * it.
   */
  private static final long ALIGNMENT_BYTES = 2L << 20;

  /** Lets time pass between calls. */
  @FunctionalInterface
  public interface Pause {
    void pause(Duration duration) throws InterruptedException;
  }

  private final Kernel kernel;
  private final Pause pause;
  private final LongSupplier nanoClock;
  private final Duration budget;

  /**
   * An evictor of any number of files.
   *
   * @param budget the time after which an eviction is cut short
   */
  public Evictor(Kernel kernel, Pause pause, LongSupplier nanoClock, Duration budget) {
    this.kernel = kernel;
    this.pause = pause;
    this.nanoClock = nanoClock;
    this.budget = budget;
  }

  /**
   * Evicts what was measured and measures again.
   *
   * @param before where the file is resident, of the same probe
   * @param range what to measure again
   * @throws KernelException if the kernel refuses
   * @throws InterruptedException if interrupted between two calls
   */
  public Eviction evict(OpenFile file, ResidencyMap before, ResidencyProbe probe, ByteRange range)
      throws KernelException, InterruptedException {
    return evict(file, before.total(), before.ranges(), probe, range);
  }

  /**
   * Evicts parts of what was measured and measures again.
   *
   * @param before what was resident in the range
   * @param parts what to evict of it
   * @param range what to measure again
   * @throws KernelException if the kernel refuses
   * @throws InterruptedException if interrupted between two calls
   */
  public Eviction evict(
      OpenFile file, Residency before, List<ByteRange> parts, ResidencyProbe probe, ByteRange range)
      throws KernelException, InterruptedException {
    long start = nanoClock.getAsLong();
    int calls = 0;
    Duration rest = Duration.ZERO;
    for (ByteRange part : parts) {
      if (calls > 0) {
        pause.pause(rest);
      }
      if (nanoClock.getAsLong() - start > budget.toNanos()) {
        break;
      }
      rest = pauseAfter(advise(file, part));
      calls++;
    }
    boolean cutShort = calls < parts.size();
    return new Eviction(before, probe.total(file, range), calls, cutShort);
  }

  /** How long the call took. */
  private Duration advise(OpenFile file, ByteRange part) throws KernelException {
    ByteRange aligned = part.alignedOutwards(ALIGNMENT_BYTES);
    long start = nanoClock.getAsLong();
    kernel.adviseDontNeed(file, aligned.offset(), aligned.length());
    return Duration.ofNanos(nanoClock.getAsLong() - start);
  }

  private static Duration pauseAfter(Duration call) {
    return call.compareTo(QUICK_CALL.multipliedBy(2)) > 0 ? SLOW_CALL_PAUSE : QUICK_CALL;
  }
}
