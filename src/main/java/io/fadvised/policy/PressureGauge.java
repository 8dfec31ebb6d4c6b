package io.fadvised.policy;

import io.fadvised.policy.Pressure.Source;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Computes the {@link Pressure} from two samples of the host's memory: the strongest of its
 * sources. Each source rises linearly from 0 to 1 at its full mark.
 */
public final class PressureGauge {
  /**
   * With a quarter of memory available nobody waits for memory; at 5 % the kernel is struggling.
   */
  private static final double EASY_AVAILABLE = 0.25;

  private static final double TIGHT_AVAILABLE = 0.05;

  /**
   * Free memory that runs out within 2 s at its present rate is full pressure: a tick is left to
   * act. The level rises from 6 s on, which is longer than a quiet tick of 5 s.
   */
  private static final double FULL_FILL_SECONDS = 2;

  private static final double EASY_FILL_SECONDS = 6;

  /**
   * Free memory within 2 % of the watermarks counts as gone: the page cache has filled it and takes
   * at once whatever programs free. From there on only reclaim shows how scarce memory is.
   */
  private static final double GONE_FREE_SHARE = 0.02;

  /** oomd's senpai backs off at a tenth of the time stalled. */
  private static final double FULL_STALL_SHARE = 0.10;

  /** The memory of the host that the full marks of refaults and direct reclaims are for. */
  private static final double MARKED_MEMORY_BYTES = 2L << 30;

  /**
   * On {@link #MARKED_MEMORY_BYTES}. Double caching under pressure gave about 7,000 refaults a
   * second, eviction under 50 (measured: 1.7 GB free, 1.1 GB working set).
   */
  private static final double FULL_REFAULTS_PER_SECOND = 1000;

  /** On {@link #MARKED_MEMORY_BYTES}. */
  private static final double FULL_DIRECT_RECLAIMS_PER_SECOND = 10;

  /**
   * kswapd scanning 1 % of memory a second means a full page cache, not yet thrashing: alone it
   * raises the level to one half at most.
   */
  private static final double FULL_SCAN_SHARE_PER_SECOND = 0.01;

  private static final double MAX_SCAN_LEVEL = 0.5;

  private PressureGauge() {}

  /**
   * Returns the pressure between two samples whose counters grew within a known time: an event
   * proves that tasks stalled then.
   *
   * @param elapsed the time between the samples, more than 0
   * @param window the time in which the counters grew, more than 0
   * @param pageBytes size of a page
   * @param explained refaults and stalls of cgroups at their own limits between the samples
   */
  public static Pressure between(
      PressureSample before,
      PressureSample now,
      Duration elapsed,
      Duration window,
      int pageBytes,
      Explained explained) {
    double seconds = window.toNanos() / 1e9;
    VmStat cache = now.cache();
    VmStat earlier = before.cache();
    double refaulted = rate(earlier.refaultedPages(), cache.refaultedPages(), seconds);
    double stretch = (double) elapsed.toNanos() / window.toNanos();
    double unexplained = Math.max(0, refaulted - stretch * explained.refaultsPerSecond());
    double ours = hostShare(earlier, cache, (refaulted - unexplained) * seconds);
    double stallShare =
        ours * Math.max(0, stallShare(before, now, seconds) - stretch * explained.stallShare());
    double refaults = ours * unexplained;
    double reclaims = rate(earlier.directReclaims(), cache.directReclaims(), seconds);
    double scanned = rate(earlier.scannedPages(), cache.scannedPages(), seconds);
    double scanShare = scanned * pageBytes / now.memory().totalBytes();
    double size = sizeFactor(now.memory().totalBytes());
    double fillSeconds = fillSeconds(before, now, elapsed.toNanos() / 1e9);

    Map<Source, Double> sources = new EnumMap<>(Source.class);
    sources.put(Source.HEADROOM, tightness(now.memory()));
    sources.put(
        Source.FILL, part(EASY_FILL_SECONDS - fillSeconds, EASY_FILL_SECONDS - FULL_FILL_SECONDS));
    sources.put(Source.STALL, stallLevel(stallShare));
    sources.put(Source.REFAULT, refaultLevel(refaults, now.memory().totalBytes()));
    sources.put(Source.DIRECT_RECLAIM, part(reclaims, size * FULL_DIRECT_RECLAIMS_PER_SECOND));
    sources.put(Source.SCAN, MAX_SCAN_LEVEL * part(scanShare, FULL_SCAN_SHARE_PER_SECOND));
    return strongest(
        sources,
        Map.of(
            Source.HEADROOM,
            percent(availableShare(now.memory())) + " of memory available",
            Source.FILL,
            String.format(Locale.ROOT, "gone in %.1f s", fillSeconds),
            Source.STALL,
            stalled(stallShare),
            Source.REFAULT,
            perSecond(refaults),
            Source.DIRECT_RECLAIM,
            perSecond(reclaims),
            Source.SCAN,
            percent(scanShare) + " of memory a second"));
  }

  /** Returns the time until free memory runs out at its present rate; infinite if it had before. */
  private static double fillSeconds(PressureSample before, PressureSample now, double seconds) {
    double perSecond = rate(now.memory().freeBytes(), before.memory().freeBytes(), seconds);
    return perSecond == 0 || spareBytes(before) <= 0
        ? Double.POSITIVE_INFINITY
        : Math.max(0, spareBytes(now)) / perSecond;
  }

  private static double spareBytes(PressureSample sample) {
    MemInfo memory = sample.memory();
    return memory.freeBytes() - sample.watermarkBytes() - GONE_FREE_SHARE * memory.totalBytes();
  }

  /**
   * Returns the host's fraction of all reclaim, 0 to 1. A container at its own limit adds refaults
   * and stalls, but it gains nothing from a smaller lower cache elsewhere. Each of its refaults was
   * scanned once; before 5.8 the kernel counts no more of its reclaim.
   *
   * @param explained refaults that need not be divided, since their cgroups are known
   */
  private static double hostShare(VmStat before, VmStat now, double explained) {
    long scanned = Math.max(0, now.scannedPages() - before.scannedPages());
    long refaulted = now.refaultedPages() - before.refaultedPages();
    long all = now.allScannedPages() - before.allScannedPages();
    return scanned == 0
        ? 0
        : scanned / Math.max((double) scanned, Math.max(refaulted, all) - explained);
  }

  /** Returns the level of refaults in a memory of this size. */
  static double refaultLevel(double perSecond, long memoryBytes) {
    return part(perSecond, sizeFactor(memoryBytes) * FULL_REFAULTS_PER_SECOND);
  }

  static double stallLevel(double share) {
    return part(share, FULL_STALL_SHARE);
  }

  static String refaultWords(double rate) {
    return Source.REFAULT.words() + ": " + perSecond(rate);
  }

  static String stallWords(double share) {
    return Source.STALL.words() + ": " + stalled(share);
  }

  /**
   * Returns the factor of a host's full marks, the square root of its memory in {@link
   * #MARKED_MEMORY_BYTES}: disks and processors grow less than memory. The kernel's min_free_kbytes
   * grows likewise.
   */
  private static double sizeFactor(long memoryBytes) {
    return Math.sqrt(memoryBytes / MARKED_MEMORY_BYTES);
  }

  private static Pressure strongest(Map<Source, Double> sources, Map<Source, String> figures) {
    Source strongest = Source.HEADROOM;
    for (Map.Entry<Source, Double> source : sources.entrySet()) {
      if (source.getValue() > sources.getOrDefault(strongest, 0.0)) {
        strongest = source.getKey();
      }
    }
    return new Pressure(
        sources.getOrDefault(strongest, 0.0),
        sources,
        strongest.words() + ": " + figures.get(strongest));
  }

  private static double tightness(MemInfo memory) {
    return part(EASY_AVAILABLE - availableShare(memory), EASY_AVAILABLE - TIGHT_AVAILABLE);
  }

  private static double availableShare(MemInfo memory) {
    return (double) memory.availableBytes() / memory.totalBytes();
  }

  private static double stallShare(PressureSample before, PressureSample now, double seconds) {
    if (before.memoryStall().isEmpty() || now.memoryStall().isEmpty()) {
      return 0;
    }
    Psi earlier = before.memoryStall().get();
    Psi later = now.memoryStall().get();
    return rate(earlier.someMicros(), later.someMicros(), seconds) / 1e6;
  }

  private static double rate(long before, long now, double seconds) {
    return Math.max(0, now - before) / seconds;
  }

  private static double part(double value, double full) {
    return Math.max(0, Math.min(1, value / full));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String stalled(double share) {
    return percent(share) + " of the time stalled";
  }

  private static String perSecond(double rate) {
    return String.format(Locale.ROOT, "%,.0f a second", rate);
  }
}
