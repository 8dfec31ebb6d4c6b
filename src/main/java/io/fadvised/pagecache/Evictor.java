package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;

/**
 * Evicts a file's pages with POSIX_FADV_DONTNEED, which never changes data: clean pages leave,
 * dirty ones are sent to be written and stay for this time.
 *
 * <p>Few large calls, one for each window known to have resident pages: before 5.10 the advice on a
 * range with anything uncached makes every CPU drain its page lists (fixed by eb1d7a65f08a).
 * Between calls there is a pause, so that a large file never holds the lists' locks without a
 * break.
 */
public final class Evictor {
  /** As long as one call takes on a fully resident window (1 ms measured): a duty of one half. */
  private static final Duration PAUSE = Duration.ofMillis(1);

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

  public Evictor(Kernel kernel, Pause pause) {
    this.kernel = kernel;
    this.pause = pause;
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
    int calls = 0;
    for (ByteRange window : before.windows()) {
      if (calls > 0) {
        pause.pause(PAUSE);
      }
      ByteRange aligned = window.alignedOutwards(ALIGNMENT_BYTES);
      kernel.adviseDontNeed(file, aligned.offset(), aligned.length());
      calls++;
    }
    return new Eviction(before.total(), probe.measure(file, range).total(), calls);
  }
}
