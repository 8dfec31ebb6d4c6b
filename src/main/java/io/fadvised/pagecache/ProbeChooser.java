package io.fadvised.pagecache;

import io.fadvised.linux.Credentials.Capability;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Measures with the best probe that may be believed.
 *
 * <p>cachestat is believed on a filesystem once it has agreed with mincore on a window with
 * resident pages there, and never again once it said "nothing" where mincore saw pages (overlayfs:
 * 64 MiB resident, answer 0; measured, 6.18). Until one of the two has happened, a zero is checked.
 *
 * <p>mincore tells the truth only to the owner, to CAP_FOWNER, and to those who may write the file;
 * to all others every page is resident (5.2, mm/mincore.c). Those get {@link
 * UntrustedProbeException} instead of a number.
 */
public final class ProbeChooser {
  private enum Verdict {
    PROVEN,
    REFUTED
  }

  private final Kernel kernel;
  private final MincoreProbe mincore;
  private final CachestatProbe cachestat;
  private final Map<Long, Verdict> verdicts = new ConcurrentHashMap<>();
  private volatile boolean cachestatOffered = true;

  public ProbeChooser(Kernel kernel) {
    this.kernel = kernel;
    mincore = new MincoreProbe(kernel);
    cachestat = new CachestatProbe(kernel);
  }

  /**
   * The probe to use for a file, proving cachestat on its filesystem if need be.
   *
   * @param range what is going to be measured
   * @throws UntrustedProbeException if no probe tells this process the truth
   * @throws KernelException if the file cannot be measured
   */
  public ResidencyProbe choose(OpenFile file, FileStat stat, ByteRange range)
      throws KernelException, UntrustedProbeException {
    requireTruth(file, stat);
    long filesystem = stat.identity().device();
    Verdict verdict = verdicts.get(filesystem);
    if (verdict == null && cachestatOffered) {
      verdict = examine(file, range, filesystem);
    }
    return verdict == Verdict.PROVEN ? cachestat : mincore;
  }

  private void requireTruth(OpenFile file, FileStat stat) throws UntrustedProbeException {
    boolean told =
        kernel.credentials().userId() == stat.ownerId()
            || kernel.credentials().has(Capability.CAP_FOWNER)
            || kernel.mayWrite(file);
    if (!told) {
      throw new UntrustedProbeException(
          "the kernel would report every page as resident: needs to be the file's owner (user "
              + Integer.toUnsignedString(stat.ownerId())
              + ") or CAP_FOWNER");
    }
  }

  private Verdict examine(OpenFile file, ByteRange range, long filesystem) throws KernelException {
    try {
      ByteRange claimed = firstResident(file, range);
      Verdict verdict = claimed.isEmpty() ? examineZero(file, range) : examineClaim(file, claimed);
      if (verdict != null) {
        verdicts.put(filesystem, verdict);
      }
      return verdict == null ? Verdict.REFUTED : verdict;
    } catch (KernelException e) {
      boolean everywhere = e.errno() == Errno.ENOSYS || e.errno() == Errno.EPERM;
      if (everywhere) { // an old kernel, or seccomp
        cachestatOffered = false;
      } else {
        verdicts.put(filesystem, Verdict.REFUTED);
      }
      return Verdict.REFUTED;
    }
  }

  private ByteRange firstResident(OpenFile file, ByteRange range) throws KernelException {
    return cachestat.measure(file, range).windows().stream()
        .findFirst()
        .orElse(new ByteRange(range.offset(), 0));
  }

  /** Something was claimed: true if mincore sees pages in the same window. */
  private @org.jspecify.annotations.Nullable Verdict examineClaim(OpenFile file, ByteRange window)
      throws KernelException {
    boolean seen = mincore.residencyOf(file, window).residentBytes() > 0;
    return seen ? Verdict.PROVEN : null; // null: it may have left in between
  }

  /** Nothing was claimed: false if mincore sees pages anywhere. */
  private @org.jspecify.annotations.Nullable Verdict examineZero(OpenFile file, ByteRange range)
      throws KernelException {
    for (ByteRange window : Windows.of(range)) {
      if (mincore.residencyOf(file, window).residentBytes() > 0) {
        boolean arrivedSince = cachestat.residencyOf(file, window).residentBytes() > 0;
        return arrivedSince ? Verdict.PROVEN : Verdict.REFUTED;
      }
    }
    return null; // both saw nothing: proves nothing
  }
}
