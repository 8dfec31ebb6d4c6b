package io.fadvised.pagecache;

import io.fadvised.linux.FileStat;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures with the best probe that may be believed.
 *
 * <p>cachestat is believed on a filesystem once it has agreed with mincore there, and never again
 * once it said "nothing" where mincore saw pages: see {@link CachestatTrial}.
 *
 * <p>Who may not learn the truth ({@link Kernel#mayMeasure}) gets {@link UnmeasurableException}
 * instead of a number.
 */
public final class ProbeChooser {
  /** About five minutes of one busy device; a trial costs two windows. */
  private static final int CHOICES_TO_REMEMBER = 600;

  private final Kernel kernel;
  private final CachestatTrial trial;

  /**
   * Whether cachestat is right, by st_dev. Forgotten all at once now and then: the number of a
   * filesystem without a device of its own (btrfs, overlayfs) is given to another after it.
   */
  private final Map<Long, Boolean> proven = new ConcurrentHashMap<>();

  private final AtomicInteger choices = new AtomicInteger();

  private volatile boolean cachestatOffered = true;

  public ProbeChooser(Kernel kernel) {
    this.kernel = kernel;
    trial = new CachestatTrial(kernel);
  }

  /**
   * The probe to use for a file, proving cachestat on its filesystem if need be. It counts
   * everything, however long that takes.
   *
   * @param range what is going to be measured
   * @throws UnmeasurableException if no probe tells this process the truth
   * @throws KernelException if the file cannot be measured
   */
  public ResidencyProbe choose(OpenFile file, FileStat stat, ByteRange range)
      throws KernelException, UnmeasurableException {
    return isForCachestat(file, stat, range, Look.unlimited())
        ? new CachestatProbe(kernel)
        : new MincoreProbe(kernel);
  }

  /**
   * The same for one look that has a limited time. What there is no time for, it estimates.
   *
   * @throws UnmeasurableException if no probe tells this process the truth
   * @throws KernelException if the file cannot be measured
   */
  public ResidencyProbe choose(OpenFile file, FileStat stat, ByteRange range, Look look)
      throws KernelException, UnmeasurableException {
    return isForCachestat(file, stat, range, look)
        ? new CachestatProbe(kernel, look)
        : new MincoreSurvey(kernel, look);
  }

  /**
   * What is known takes no time of the look, nor does the trial that came to know it: on a busy
   * host the first one takes 200 ms, and the device would not be looked at for the next ten
   * seconds. One that has to be repeated at the next look does.
   */
  private boolean isForCachestat(OpenFile file, FileStat stat, ByteRange range, Look look)
      throws KernelException, UnmeasurableException {
    requireTruth(file, stat);
    if (choices.incrementAndGet() % CHOICES_TO_REMEMBER == 0) {
      proven.clear();
    }
    Boolean known = proven.get(stat.identity().device());
    if (known != null || !cachestatOffered) {
      return known != null && known;
    }
    TimeLimit begun = look.begin();
    boolean isRight = tryCachestat(file, stat, range);
    if (!proven.containsKey(stat.identity().device())) {
      look.spend(begun);
    }
    return isRight;
  }

  private void requireTruth(OpenFile file, FileStat stat) throws UnmeasurableException {
    if (!kernel.mayMeasure(file)) {
      throw new UnmeasurableException(
          "the kernel would report every page as resident: needs to be the file's owner (user "
              + Integer.toUnsignedString(stat.ownerId())
              + ") or CAP_FOWNER over a mapped owner");
    }
  }

  private boolean tryCachestat(OpenFile file, FileStat stat, ByteRange range)
      throws KernelException {
    long filesystem = stat.identity().device();
    try {
      CachestatTrial.Verdict verdict = trial.judge(file, range);
      switch (verdict) {
        case RIGHT -> proven.put(filesystem, true);
        case WRONG -> proven.put(filesystem, false);
        case NOTHING_SEEN, UNCONFIRMED -> {} // tried again with the next file
      }
      return switch (verdict) {
        case RIGHT, NOTHING_SEEN -> true;
        case WRONG, UNCONFIRMED -> false;
      };
    } catch (KernelException e) {
      switch (e.errno()) {
        case ENOSYS, EPERM -> cachestatOffered = false; // an old kernel, or seccomp
        case EOPNOTSUPP -> proven.put(filesystem, false);
        default -> {} // not cachestat's fault: tried again next time
      }
      return false;
    }
  }
}
