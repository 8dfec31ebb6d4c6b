package io.fadvised.pressure;

import java.util.List;

/**
 * Counters of the kernel's reclaim since boot, from /proc/vmstat. They are summed by prefix, since
 * their names changed: {@code workingset_refault} became {@code _file} in 5.9, and {@code
 * allocstall} and {@code pgscan_kswapd} had one counter for each zone.
 *
 * <p>Refaults include those of all memory cgroups. Scanned and reclaimed pages and direct reclaims
 * exclude those of a memory cgroup at its own limit, which are only in {@code allScannedPages}
 * (mm/vmscan.c; measured on 6.18).
 *
 * @param refaultedPages file pages that were reclaimed and soon needed again
 * @param scannedPages pages that kswapd, or tasks short of the host's memory, scanned for reclaim
 * @param directReclaims times that a task had to reclaim the host's memory by itself
 * @param reclaimedPages pages that kswapd, or tasks short of the host's memory, took
 * @param allScannedPages pages scanned for any reason, also for a limit (5.8); 0 if not counted
 */
public record VmStat(
    long refaultedPages,
    long scannedPages,
    long directReclaims,
    long reclaimedPages,
    long allScannedPages) {

  private static final List<String> PREFIXES =
      List.of("workingset_refault", "pgscan_", "allocstall", "pgsteal_");

  static VmStat parse(String text) {
    long[] sums = new long[5];
    ProcText.forEachLine(
        text,
        PREFIXES,
        (name, value) -> {
          int counter = counterOf(name);
          if (counter >= 0) {
            sums[counter] += Math.min(value, Long.MAX_VALUE - sums[counter]);
          }
        });
    return new VmStat(sums[0], sums[1], sums[2], sums[3], sums[4]);
  }

  /** Returns the index of the record's component for a line; -1 for none. */
  private static int counterOf(String name) {
    if (name.equals("workingset_refault") || name.equals("workingset_refault_file")) {
      return 0;
    }
    if (name.startsWith("pgscan_kswapd") || isDirectScan(name)) {
      return 1;
    }
    if (name.startsWith("pgsteal_kswapd") || name.startsWith("pgsteal_direct")) {
      return 3;
    }
    if (name.equals("pgscan_anon") || name.equals("pgscan_file")) {
      return 4;
    }
    return name.startsWith("allocstall") ? 2 : -1;
  }

  /** pgscan_direct_throttle counts throttled tasks, not pages. */
  private static boolean isDirectScan(String name) {
    return name.startsWith("pgscan_direct") && !name.equals("pgscan_direct_throttle");
  }
}
