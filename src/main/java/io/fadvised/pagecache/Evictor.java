package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Evicts a file's pages with POSIX_FADV_DONTNEED, which never changes data: it releases clean pages
 * and starts to write dirty ones, which stay for now.
 *
 * <p>A call makes every processor drain its page lists if any page of its range stays; before 5.10
 * also if any is not cached (eb1d7a65f08a). Therefore an evictor makes few large calls, with a rest
 * after each, whichever file the next call is for.
 */
public final class Evictor {
  /**
   * The largest folio of file pages. A folio stays if the advice covers only a part of it (XFS,
   * 6.18: 2 MiB across the end of a truncated file), as does a partial last page before 4.15.
   * Therefore the advice reaches up to this far beyond the ends of the measured range. All other
   * parts end at the ends of regions, which no folio crosses.
   */
  private static final long ALIGNMENT_BYTES = 2L << 20;

  /**
   * A longer rest closes the file, and the next slice measures it again: 10 ms for 3 GiB of
   * scattered pages, as much as the calls that it follows (6.18).
   */
  public static final Duration DEFAULT_MAX_REST = Duration.ofMillis(50);

  /** An open file blocks umount(8) of its filesystem for at most this long between two calls. */
  private static final Duration PIECE_OF_REST = Duration.ofMillis(1);

  /** The cost of evicting a clean page (measured, 6.18): finding it should not take longer. */
  static final int NANOS_PER_PAGE = 30;

  /** Lets time pass between calls. */
  @FunctionalInterface
  public interface Pause {
    void pause(Duration duration) throws InterruptedException;
  }

  /** Prescribes the rest after each call. */
  @FunctionalInterface
  public interface Pace {
    /**
     * Records a call that has returned.
     *
     * @param adviceBytes length of the advised range
     * @param took how long the call took
     * @return the minimum time until the next call
     */
    Duration restAfter(long adviceBytes, Duration took);
  }

  private final Kernel kernel;
  private final Pause pause;
  private final LongSupplier nanoClock;
  private final Pace pace;
  private final Duration maxRest;
  private long restUntilNanos;

  /** Makes an evictor that rests for {@link #DEFAULT_MAX_REST} at most. */
  public Evictor(Kernel kernel, Pause pause, LongSupplier nanoClock, Pace pace) {
    this(kernel, pause, nanoClock, pace, DEFAULT_MAX_REST);
  }

  /**
   * Makes an evictor of any number of files.
   *
   * @param pace of the calls, over all of these files
   * @param maxRest a longer rest before a call ends the eviction; the caller has to wait for it
   */
  public Evictor(Kernel kernel, Pause pause, LongSupplier nanoClock, Pace pace, Duration maxRest) {
    this.kernel = kernel;
    this.pause = pause;
    this.nanoClock = nanoClock;
    this.pace = pace;
    this.maxRest = maxRest;
    restUntilNanos = nanoClock.getAsLong();
  }

  /**
   * Evicts parts of a measured file, one call each, and measures it again.
   *
   * <p>The eviction is cut short
   *
   * <ul>
   *   <li>before a call, even the first one, if the rest before it is longer than the maximum;
   *   <li>after the first call, if the slice has ended;
   *   <li>if {@code mayGoOn} returns false, which is called every millisecond of a rest. In this
   *       case the file is not measured again, so that it can be closed at once.
   * </ul>
   *
   * @param measured the file's residency before
   * @param parts to evict, in the order of the calls
   * @param range that was measured
   * @param slice time from the first call on
   * @throws KernelException if a call fails
   * @throws InterruptedException if interrupted between two calls
   */
  public Eviction evict(
      OpenFile file,
      Measurement measured,
      List<ByteRange> parts,
      ByteRange range,
      Duration slice,
      BooleanSupplier mayGoOn)
      throws KernelException, InterruptedException {
    long start = nanoClock.getAsLong() + remainingRest().toNanos();
    int calls = 0;
    for (ByteRange part : parts) {
      Duration rest = remainingRest();
      long next = nanoClock.getAsLong() + rest.toNanos();
      boolean isOver = calls > 0 && next - start > slice.toNanos();
      if (isOver || rest.compareTo(maxRest) > 0) {
        break;
      }
      if (!rests(mayGoOn)) {
        return new Eviction(measured.total(), measured.total(), calls, true);
      }
      advise(file, grown(part, range));
      calls++;
    }
    return new Eviction(measured.total(), measured.again(), calls, calls < parts.size());
  }

  /** Returns the time left of the rest after the last call, whichever file that was for. */
  public Duration remainingRest() {
    return Duration.ofNanos(Math.max(0, restUntilNanos - nanoClock.getAsLong()));
  }

  /** Waits for the end of the rest; returns false, without waiting, once it may not go on. */
  private boolean rests(BooleanSupplier mayGoOn) throws InterruptedException {
    while (mayGoOn.getAsBoolean()) {
      Duration rest = remainingRest();
      if (rest.isZero()) {
        return true;
      }
      pause.pause(rest.compareTo(PIECE_OF_REST) < 0 ? rest : PIECE_OF_REST);
    }
    return false;
  }

  /** Extends a part beyond those ends of the measured range that it reaches. */
  private static ByteRange grown(ByteRange part, ByteRange range) {
    ByteRange aligned = part.alignedOutwards(ALIGNMENT_BYTES);
    long start = part.offset() == range.offset() ? aligned.offset() : part.offset();
    long end = part.end() == range.end() ? aligned.end() : part.end();
    return new ByteRange(start, end - start);
  }

  private void advise(OpenFile file, ByteRange part) throws KernelException {
    long start = nanoClock.getAsLong();
    kernel.adviseDontNeed(file, part.offset(), part.length());
    long end = nanoClock.getAsLong();
    long bytes = Math.min(part.length(), Region.WINDOW_BYTES); // larger ranges are mostly empty
    Duration rest = pace.restAfter(bytes, Duration.ofNanos(end - start));
    restUntilNanos = end + rest.toNanos();
  }
}
