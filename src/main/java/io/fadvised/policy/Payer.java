package io.fadvised.policy;

import io.fadvised.cgroup.PodCgroup;
import java.time.Duration;

/**
 * A cgroup that is charged for the lower cache of the devices it uses, and is at its limit.
 *
 * @param cgroup its path
 * @param limitBytes of its memory
 * @param pressure in it
 * @param turnover how long it keeps a file page that is not used again
 * @param cachesTwice whether it has an upper cache, see {@link LimitGauge#cachesTwice}
 */
public record Payer(
    String cgroup, long limitBytes, Pressure pressure, Duration turnover, boolean cachesTwice) {
  /** Returns a share of the limit for people, such as {@code 1 % of the 256 MiB limit of /web}. */
  String shareText(long bytes) {
    return "%s %% of the %s limit of %s"
        .formatted(
            percent(100.0 * bytes / limitBytes), Bytes.text(limitBytes), PodCgroup.nameOf(cgroup));
  }

  private static String percent(double share) {
    double rounded = Math.round(10 * share) / 10.0;
    return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
  }
}
