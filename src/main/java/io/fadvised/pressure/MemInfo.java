package io.fadvised.pressure;

import java.io.IOException;

/**
 * Sizes from /proc/meminfo, in bytes.
 *
 * @param totalBytes MemTotal
 * @param availableBytes MemAvailable (3.14); before that free memory and the file pages
 * @param freeBytes MemFree
 */
public record MemInfo(long totalBytes, long availableBytes, long freeBytes) {

  static MemInfo parse(String text) throws IOException {
    long total = kibibytes(text, "MemTotal:");
    long free = kibibytes(text, "MemFree:");
    long available = kibibytes(text, "MemAvailable:");
    if (total <= 0 || free < 0) {
      throw new IOException("no MemTotal or no MemFree in meminfo");
    }
    if (available < 0) {
      available =
          free
              + Math.max(0, kibibytes(text, "Active(file):"))
              + Math.max(0, kibibytes(text, "Inactive(file):"));
    }
    return new MemInfo(total << 10, Math.min(available, total) << 10, free << 10);
  }

  private static long kibibytes(String text, String key) {
    return text.lines()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).replace("kB", "").strip())
        .mapToLong(ProcText::number)
        .findFirst()
        .orElse(-1);
  }
}
