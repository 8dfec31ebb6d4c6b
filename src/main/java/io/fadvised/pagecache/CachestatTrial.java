package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds cachestat against mincore on one file. On overlayfs cachestat answers zero for files that
 * are resident (64 MiB resident, answer 0; measured, 6.18), so a zero has to be checked until a
 * number has been confirmed on the same filesystem. Safe for several threads.
 */
final class CachestatTrial {
  /**
   * A file said to be empty is counted by mincore if it has no more windows than this, 2 ms each.
   * Of a larger one as many pieces are looked at as take about as long: one in 400 of the file that
   * is resident shows with 99 % probability.
   */
  private static final int MOST_WINDOWS = 2;

  private static final int PIECES = 2048;
  private static final int PIECE_BYTES = 64 << 10;

  /** What a trial can show. */
  enum Verdict {
    /** Both saw pages in the same window. */
    RIGHT,
    /** mincore saw pages where cachestat saw none. */
    WRONG,
    /** Both saw nothing; the zero may be believed for this file, this time. */
    NOTHING_SEEN,
    /** cachestat saw pages and mincore did not; they may have left in between. */
    UNCONFIRMED
  }

  private final Kernel kernel;
  private final MincoreProbe mincore;
  private final AtomicLong trials = new AtomicLong();

  CachestatTrial(Kernel kernel) {
    this.kernel = kernel;
    mincore = new MincoreProbe(kernel);
  }

  Verdict judge(OpenFile file, ByteRange range) throws KernelException {
    CachestatProbe cachestat = new CachestatProbe(kernel); // which belongs to one thread
    Optional<ByteRange> claimed =
        new CachestatLocator(cachestat).anyWindow(file, CachestatProbe.partsOf(range));
    if (claimed.isPresent()) {
      return sees(mincore.residencyOf(file, claimed.get())) ? Verdict.RIGHT : Verdict.UNCONFIRMED;
    }
    Optional<ByteRange> seen = anySeenByMincore(file, range);
    if (seen.isEmpty()) {
      return Verdict.NOTHING_SEEN;
    }
    boolean cameSince = sees(cachestat.residencyOf(file, seen.get()));
    return cameSince ? Verdict.RIGHT : Verdict.WRONG;
  }

  private Optional<ByteRange> anySeenByMincore(OpenFile file, ByteRange range)
      throws KernelException {
    if (Windows.countOf(range) > MOST_WINDOWS) {
      return anySampled(file, range);
    }
    return mincore.measure(file, range).regions().stream().map(Region::range).findFirst();
  }

  private Optional<ByteRange> anySampled(OpenFile file, ByteRange range) throws KernelException {
    Sampler sampler =
        new Sampler(
            (opened, offsets) -> kernel.residentPages(opened, offsets, PIECE_BYTES),
            PIECE_BYTES,
            kernel.pageBytes(),
            new SplittableRandom(trials.getAndIncrement()));
    sampler.draw(file, Stretches.of(range), PIECES);
    return sampler.hits().stream().map(hit -> new ByteRange(hit.offset(), PIECE_BYTES)).findFirst();
  }

  private static boolean sees(Residency residency) {
    return residency.residentBytes() > 0;
  }
}
