package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Evicts a file's pages with POSIX_FADV_DONTNEED, which never changes data: clean pages leave,
 * dirty pages are sent to be written and stay for now.
 *
 * <p>A call makes every processor drain its page lists if anything in its range stays; before 5.10
 * also if anything in it is not cached (eb1d7a65f08a). So there are few large calls, with a rest
 * after each, whichever file the next one is for.
 */
public final class Evictor {
  /**
   * The largest folio of file pages. One that lies only partly in the advice stays (XFS, 6.18: 2
   * MiB across the end of a truncated file), as does a partial last page before 4.15. So the advice
   * reaches up to this much beyond the ends of the measured range. Elsewhere a part ends where a
   * region does, which no folio crosses.
   */
  private static final long ALIGNMENT_BYTES = 2L << 20;

  /** An open file blocks umount(8) of its filesystem for no longer than this between two calls. */
  public static final Duration DEFAULT_MAX_REST = Duration.ofMillis(5);

  private static final Duration PIECE_OF_REST = Duration.ofMillis(1);

  /** Lets time pass between calls. */
  @FunctionalInterface
  public interface Pause {
    void pause(Duration duration) throws InterruptedException;
  }

  /** Says how long to rest after each call. */
  @FunctionalInterface
  public interface Pace {
    /**
     * A call has returned.
     *
     * @param adviceBytes length of the advised range
     * @param took how long it took
     * @return the least time until the next call
     */
    Duration restAfter(long adviceBytes, Duration took);
  }

  private final Kernel kernel;
  private final Pause pause;
  private final LongSupplier nanoClock;
  private final Pace pace;
  private final Duration maxRest;
  private long restUntilNanos;

  /** An evictor that rests for {@link #DEFAULT_MAX_REST} at most. */
  public Evictor(Kernel kernel, Pause pause, LongSupplier nanoClock, Pace pace) {
    this(kernel, pause, nanoClock, pace, DEFAULT_MAX_REST);
  }

  /**
   * An evictor of any number of files.
   *
   * @param pace of the calls, over all of these files
   * @param maxRest a longer rest before a call ends the eviction, and is left to the caller
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
   * <p>It is cut short where too long a rest is owed before a call, even before the first one;
   * where the slice is over, which never prevents the first call; and where {@code mayGoOn} returns
   * false, which is asked every millisecond of a rest. Then the file is not measured again, so that
   * it can be closed at once.
   *
   * @param measured the file's residency before
   * @param parts to evict, in the order of the calls
   * @param range that was measured
   * @param slice counted from the first call on
   * @throws KernelException if the kernel refuses
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
    long start = nanoClock.getAsLong() + owedRest().toNanos();
    int calls = 0;
    for (ByteRange part : parts) {
      Duration rest = owedRest();
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

  /** The time that is left of the rest after the last call, whichever file that was for. */
  public Duration owedRest() {
    return Duration.ofNanos(Math.max(0, restUntilNanos - nanoClock.getAsLong()));
  }

  /** Rests for as long as it is owed; returns early, with false, if it may not go on. */
  private boolean rests(BooleanSupplier mayGoOn) throws InterruptedException {
    while (mayGoOn.getAsBoolean()) {
      Duration rest = owedRest();
      if (rest.isZero()) {
        return true;
      }
      pause.pause(rest.compareTo(PIECE_OF_REST) < 0 ? rest : PIECE_OF_REST);
    }
    return false;
  }

  /** Beyond the ends of the measured range, if it reaches them. */
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
    long most = Region.WINDOW_BYTES; // of a larger range little is resident
    Duration rest = pace.restAfter(Math.min(part.length(), most), Duration.ofNanos(end - start));
    restUntilNanos = end + rest.toNanos();
  }
}
