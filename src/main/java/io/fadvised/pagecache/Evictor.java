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
 * dirty ones are sent to be written and stay for this time.
 *
 * <p>Few large calls, on stretches known to have resident pages: before 5.10 the advice on a range
 * with anything uncached makes every CPU drain its page lists (fixed by eb1d7a65f08a). Between
 * calls, also those on different files, there is a rest, so that nobody waits long for the lists.
 */
public final class Evictor {
  /**
   * The largest folio of file pages: one that lies only partly in the advice stays (XFS, 6.18: 2
   * MiB across the end of a file that was cut off), as does a partial last page before 4.15. So at
   * the ends of the measured range up to this much beyond is advised. Elsewhere a part ends where a
   * region does, which no folio crosses, or with the resident pages: then nothing stayed (ext4,
   * XFS, btrfs; measured, 6.18).
   */
  private static final long ALIGNMENT_BYTES = 2L << 20;

  /**
   * With a rest that was owed before; an operator's eviction, which has more time, waits longer.
   */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** A longer rest ends an eviction: an open file keeps its filesystem from being unmounted. */
  private static final Duration MAX_REST = Duration.ofMillis(5);

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
  private long restUntilNanos;

  /**
   * An evictor of any number of files.
   *
   * @param pace of the calls, over all of these files
   */
  public Evictor(Kernel kernel, Pause pause, LongSupplier nanoClock, Pace pace) {
    this.kernel = kernel;
    this.pause = pause;
    this.nanoClock = nanoClock;
    this.pace = pace;
    restUntilNanos = nanoClock.getAsLong();
  }

  /**
   * Evicts what was measured and measures again.
   *
   * @param before where the file is resident, of the same probe
   * @param range what to measure again
   * @param time after which it is cut short, as in the other one
   * @throws KernelException if the kernel refuses
   * @throws InterruptedException if interrupted between two calls
   */
  public Eviction evict(
      OpenFile file, ResidencyMap before, ResidencyProbe probe, ByteRange range, Duration time)
      throws KernelException, InterruptedException {
    return evict(file, before.total(), before.ranges(), probe, range, time);
  }

  /**
   * Evicts parts of what was measured and measures again.
   *
   * @param before what was resident in the range
   * @param parts what to evict of it
   * @param range what to measure again
   * @param time after which it is cut short, at least one call; without the rest that is owed
   *     before it, but with that a second at most, or this time if it is longer; and without the
   *     last call and the look after it
   * @throws KernelException if the kernel refuses
   * @throws InterruptedException if interrupted between two calls
   */
  public Eviction evict(
      OpenFile file,
      Residency before,
      List<ByteRange> parts,
      ResidencyProbe probe,
      ByteRange range,
      Duration time)
      throws KernelException, InterruptedException {
    Duration longest = time.compareTo(LONGEST) > 0 ? time : LONGEST;
    int calls =
        owedRest().compareTo(longest) > 0 ? 0 : adviseInTime(file, parts, range, time, longest);
    boolean cutShort = calls < parts.size();
    return new Eviction(before, probe.total(file, range), calls, cutShort);
  }

  /**
   * Evicts parts of a measured file, one call each, and measures it again.
   *
   * @param measured before
   * @param parts to evict, in the order of the calls
   * @param range that was measured
   * @param slice ends the eviction when it is over, after one call at least; {@link
   *     Measurement#UNLIMITED} waits for rests of any length
   * @param mayGoOn asked before each call; false ends the eviction
   * @return cut short also where a rest of more than a few milliseconds is owed before the next
   *     call: the file is not held open for that
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
    boolean patient = slice.equals(Measurement.UNLIMITED);
    long start = nanoClock.getAsLong();
    int calls = 0;
    for (ByteRange part : parts) {
      Duration rest = owedRest();
      boolean isOver =
          calls > 0 && nanoClock.getAsLong() - start + rest.toNanos() > slice.toNanos();
      if (isOver || (!patient && rest.compareTo(MAX_REST) > 0) || !mayGoOn.getAsBoolean()) {
        break;
      }
      rest();
      advise(file, grown(part, range));
      calls++;
    }
    return new Eviction(measured.total(), measured.again(), calls, calls < parts.size());
  }

  /** The number of calls, which is that of the parts if all were reached. */
  private int adviseInTime(
      OpenFile file, List<ByteRange> parts, ByteRange range, Duration time, Duration longest)
      throws KernelException, InterruptedException {
    long begun = nanoClock.getAsLong();
    rest();
    long start = nanoClock.getAsLong();
    long end = Math.min(start + time.toNanos(), begun + longest.toNanos());
    int calls = 0;
    for (ByteRange part : parts) {
      if (calls > 0 && nanoClock.getAsLong() + owedRest().toNanos() > end) {
        break;
      }
      rest();
      advise(file, grown(part, range));
      calls++;
    }
    return calls;
  }

  /** What is left of the rest after the last call, on whatever file that was. */
  public Duration owedRest() {
    return Duration.ofNanos(Math.max(0, restUntilNanos - nanoClock.getAsLong()));
  }

  private void rest() throws InterruptedException {
    Duration rest = owedRest();
    if (!rest.isZero()) {
      pause.pause(rest);
    }
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
    long most = ResidencyProbe.WINDOW_BYTES; // of a larger range little is resident
    Duration rest = pace.restAfter(Math.min(part.length(), most), Duration.ofNanos(end - start));
    restUntilNanos = end + rest.toNanos();
  }
}
