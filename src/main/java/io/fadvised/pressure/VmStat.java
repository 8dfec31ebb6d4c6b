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
    long refaulted = 0;
    long scanned = 0;
    long directScanned = 0;
    long directReclaims = 0;
    for (String line : text.lines().toList()) {
      if (line.startsWith("workingset_refault ") || line.startsWith("workingset_refault_file ")) {
        refaulted += value(line);
      } else if (line.startsWith("pgscan_kswapd")) {
        scanned += value(line);
      } else if (line.startsWith("pgscan_direct") && !line.startsWith("pgscan_direct_throttle")) {
        directScanned += value(line);
      } else if (line.startsWith("allocstall")) {
        directReclaims += value(line);
      }
    }
    return new VmStat(refaulted, scanned, directScanned, directReclaims);
  }

  private static long value(String line) {
    return Math.max(0, ProcText.number(line.substring(line.lastIndexOf(' ') + 1)));
  }
}
