package io.fadvised.pressure;

/**
 * Counters of the kernel's reclaim since boot, from /proc/vmstat. Their names changed over the
 * years ({@code workingset_refault} became {@code _file} in 5.9, {@code allocstall} and {@code
 * pgscan_kswapd} had one for each zone), so they are summed by prefix.
 *
 * @param refaultedPages file pages that were reclaimed and soon needed again
 * @param scannedPages pages that kswapd looked at for reclaim
 * @param directScannedPages pages that tasks themselves had to look at
 * @param directReclaims times that a task had to reclaim by itself
 */
public record VmStat(
    long refaultedPages, long scannedPages, long directScannedPages, long directReclaims) {

  static VmStat parse(String text) {
    long[] sums = new long[4];
    ProcText.forEachLine(
        text,
        "wpa",
        (name, value) -> {
          int counter = counterOf(name);
          if (counter >= 0) {
            sums[counter] += value;
          }
        });
    return new VmStat(sums[0], sums[1], sums[2], sums[3]);
  }

  /** Which of the record's components a line belongs to; -1 for none. */
  private static int counterOf(String name) {
    if (name.equals("workingset_refault") || name.equals("workingset_refault_file")) {
      return 0;
    }
    if (name.startsWith("pgscan_kswapd")) {
      return 1;
    }
    if (name.startsWith("pgscan_direct") && !name.equals("pgscan_direct_throttle")) {
      return 2;
    }
    return name.startsWith("allocstall") ? 3 : -1;
  }
}
