package io.fadvised.pressure;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sizes from /proc/meminfo, in bytes.
 *
 * @param totalBytes MemTotal without the pool of huge pages (hugetlbfs), which the page cache
 *     cannot use
 * @param availableBytes MemAvailable (3.14); before 3.14 free memory and file pages
 * @param freeBytes MemFree
 * @param inactiveFileBytes Inactive(file), which reclaim takes next
 */
public record MemInfo(
    long totalBytes, long availableBytes, long freeBytes, long inactiveFileBytes) {

  private static final List<String> PREFIXES =
      List.of("MemTotal:", "MemFree:", "MemAvailable:", "Active(file):", "Inactive(file):", "Huge");

  /** A larger value would overflow in bytes. */
  private static final long MAX_KIBIBYTES = Long.MAX_VALUE >> 10;

  static MemInfo parse(String text) throws IOException {
    Map<String, Long> kibibytes = new HashMap<>();
    ProcText.forEachLine(
        text,
        PREFIXES,
        (name, value) -> {
          if (value <= MAX_KIBIBYTES) {
            kibibytes.put(name, value);
          }
        });
    Long total = kibibytes.get("MemTotal");
    Long free = kibibytes.get("MemFree");
    if (total == null || total == 0 || free == null) {
      throw new IOException("no MemTotal or no MemFree in meminfo");
    }
    long inactiveFile = kibibytes.getOrDefault("Inactive(file)", 0L);
    long filePages = kibibytes.getOrDefault("Active(file)", 0L) + inactiveFile;
    long available = kibibytes.getOrDefault("MemAvailable", free + filePages);
    long usable = Math.max(1, total - hugePages(kibibytes));
    return new MemInfo(
        usable << 10, Math.min(available, usable) << 10, free << 10, inactiveFile << 10);
  }

  /** Returns Hugetlb (4.16), the pools of all sizes; before 4.16 the pool of the default size. */
  private static long hugePages(Map<String, Long> kibibytes) {
    long pages = kibibytes.getOrDefault("HugePages_Total", 0L);
    long pageKibibytes = kibibytes.getOrDefault("Hugepagesize", 0L);
    long maxPages = MAX_KIBIBYTES / Math.max(1, pageKibibytes);
    long defaultPool = Math.min(pages, maxPages) * pageKibibytes;
    return kibibytes.getOrDefault("Hugetlb", defaultPool);
  }
}
