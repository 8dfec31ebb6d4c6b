package io.fadvised.pressure;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sizes from /proc/meminfo, in bytes.
 *
 * @param totalBytes MemTotal
 * @param availableBytes MemAvailable (3.14); before that free memory and the file pages
 * @param freeBytes MemFree
 */
public record MemInfo(long totalBytes, long availableBytes, long freeBytes) {

  private static final List<String> PREFIXES =
      List.of("MemTotal:", "MemFree:", "MemAvailable:", "Active(file):", "Inactive(file):");

  static MemInfo parse(String text) throws IOException {
    Map<String, Long> kibibytes = new HashMap<>();
    ProcText.forEachLine(text, PREFIXES, kibibytes::put);
    Long total = kibibytes.get("MemTotal");
    Long free = kibibytes.get("MemFree");
    if (total == null || total == 0 || free == null) {
      throw new IOException("no MemTotal or no MemFree in meminfo");
    }
    long filePages =
        kibibytes.getOrDefault("Active(file)", 0L) + kibibytes.getOrDefault("Inactive(file)", 0L);
    long available = kibibytes.getOrDefault("MemAvailable", free + filePages);
    return new MemInfo(total << 10, Math.min(available, total) << 10, free << 10);
  }
}
