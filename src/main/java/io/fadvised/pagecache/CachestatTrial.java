package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.List;

/**
 * Holds cachestat against mincore on one file. On overlayfs cachestat answers zero for files that
 * are resident (64 MiB resident, answer 0; measured, 6.18), so a zero has to be checked until a
 * number has been confirmed on the same filesystem.
 */
final class CachestatTrial {
  /**
   * How many windows of a file said to be empty are checked: all of a file up to 8 GiB, at 2 ms
   * each. Of a larger one a sample, another one each time.
   */
  private static final int MOST_WINDOWS = 64;

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

  private final CachestatProbe cachestat;
  private final MincoreProbe mincore;
  private long samples;

  CachestatTrial(CachestatProbe cachestat, MincoreProbe mincore) {
    this.cachestat = cachestat;
    this.mincore = mincore;
  }

  Verdict judge(OpenFile file, ByteRange range) throws KernelException {
    List<Region> claimed = cachestat.measure(file, range).regions();
    return claimed.isEmpty() ? judgeZero(file, range) : judgeClaim(file, claimed.get(0).range());
  }

  private Verdict judgeClaim(OpenFile file, ByteRange window) throws KernelException {
    return sees(mincore.residencyOf(file, window)) ? Verdict.RIGHT : Verdict.UNCONFIRMED;
  }

  private Verdict judgeZero(OpenFile file, ByteRange range) throws KernelException {
    long windows = Windows.countOf(range);
    long step = (windows + MOST_WINDOWS - 1) / MOST_WINDOWS;
    for (long index = samples++ % Math.max(1, step); index < windows; index += step) {
      ByteRange window = Windows.at(range, index);
      if (sees(mincore.residencyOf(file, window))) {
        boolean cameSince = sees(cachestat.residencyOf(file, window));
        return cameSince ? Verdict.RIGHT : Verdict.WRONG;
      }
    }
    return Verdict.NOTHING_SEEN;
  }

  private static boolean sees(Residency residency) {
    return residency.residentBytes() > 0;
  }
}
