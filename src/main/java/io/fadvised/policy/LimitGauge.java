package io.fadvised.policy;

import io.fadvised.cgroup.CgroupSample;
import io.fadvised.policy.Pressure.Source;
import io.fadvised.pressure.Psi;
import java.time.Duration;
import java.util.Map;

/**
 * Computes the {@link Pressure} in a cgroup at its own limit from two samples. Its memory is always
 * full, so that only refaults and stalls tell whether it is short. Their full marks are the host's
 * for a memory of the size of the limit.
 */
public final class LimitGauge {
  /** Bytes added to the page cache for each byte of I/O: 1 with one copy, 2 with two. */
  private static final double MIN_ADDED_FOR_TWO_COPIES = 1.6;

  /** With less I/O between two samples other files may decide the figure. */
  private static final long MIN_IO_BYTES = 1L << 20;

  private LimitGauge() {}

  /**
   * Returns the pressure between two samples.
   *
   * @param elapsed the time between them, more than 0
   */
  public static Pressure between(CgroupSample before, CgroupSample now, Duration elapsed) {
    Explained own = explained(before, now, elapsed);
    double refaults = PressureGauge.refaultLevel(own.refaultsPerSecond(), now.limitBytes());
    double stalls = PressureGauge.stallLevel(own.stallShare());
    return new Pressure(
        Math.max(refaults, stalls),
        Map.of(Source.REFAULT, refaults, Source.STALL, stalls),
        refaults >= stalls
            ? PressureGauge.refaultWords(own.refaultsPerSecond())
            : PressureGauge.stallWords(own.stallShare()));
  }

  /** Returns the refaults and stalls between two samples. */
  public static Explained explained(CgroupSample before, CgroupSample now, Duration elapsed) {
    double seconds = elapsed.toNanos() / 1e9;
    double stalledMicros =
        before.stall().isEmpty() || now.stall().isEmpty() ? 0 : grown(micros(before), micros(now));
    return new Explained(
        grown(before.refaultedPages(), now.refaultedPages()) / seconds,
        stalledMicros / 1e6 / seconds);
  }

  private static long micros(CgroupSample sample) {
    return sample.stall().map(Psi::someMicros).orElse(0L);
  }

  private static double grown(long before, long now) {
    return Math.max(0, now - before);
  }

  /**
   * Returns whether the cgroup caches what it reads from loop devices twice, so that it has an
   * upper cache. A reader with O_DIRECT has none.
   *
   * @param releasedBytes lower cache that was evicted between the samples
   */
  public static boolean cachesTwice(
      CgroupSample before, CgroupSample now, long releasedBytes, int pageBytes) {
    long io = 0;
    for (Map.Entry<String, Long> device : now.ioBytes().entrySet()) {
      io += Math.max(0, device.getValue() - before.ioBytes().getOrDefault(device.getKey(), 0L));
    }
    long added =
        now.fileBytes()
            - before.fileBytes()
            + (now.reclaimedPages() - before.reclaimedPages()) * pageBytes
            + releasedBytes;
    return io >= MIN_IO_BYTES && added >= MIN_ADDED_FOR_TWO_COPIES * io;
  }

  /** Returns how long the cgroup keeps a file page that is not used again. */
  public static Duration turnover(
      CgroupSample before, CgroupSample now, Duration elapsed, int pageBytes) {
    return Conditions.turnover(
        now.reclaimedPages() - before.reclaimedPages(),
        now.inactiveFileBytes(),
        elapsed,
        pageBytes);
  }
}
