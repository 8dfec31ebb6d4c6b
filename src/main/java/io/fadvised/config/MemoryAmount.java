package io.fadvised.config;

import java.math.BigDecimal;

/** An amount of memory: a number of bytes, or a percentage of a host's or container's memory. */
public sealed interface MemoryAmount {

  static MemoryAmount ofBytes(long bytes) {
    return new Bytes(bytes);
  }

  static MemoryAmount ofPercent(double percent) {
    return new Percent(percent);
  }

  /** The amount in bytes on a host with that much memory. */
  long bytesOf(long memoryTotalBytes);

  /** The amount as operators write it, such as {@code 256MiB} or {@code 12%}. */
  @Override
  String toString();

  /** A number of bytes, at least 0. */
  record Bytes(long bytes) implements MemoryAmount {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    public Bytes {
      if (bytes < 0) {
        throw new IllegalArgumentException("\"" + bytes + "\" is a negative number of bytes");
      }
    }

    @Override
    public long bytesOf(long memoryTotalBytes) {
      return bytes;
    }

    @Override
    public String toString() {
      long count = bytes;
      int unit = 0;
      while (count != 0 && count % 1024 == 0) {
        count /= 1024;
        unit++;
      }
      return count + UNITS[unit];
    }
  }

  /** A percentage of the host's memory, 0 to 100. */
  record Percent(double percent) implements MemoryAmount {
    public Percent {
      if (!(percent >= 0 && percent <= 100)) {
        throw new IllegalArgumentException("\"" + text(percent) + "\" is not between 0% and 100%");
      }
    }

    @Override
    public long bytesOf(long memoryTotalBytes) {
      if (memoryTotalBytes < 0) {
        throw new IllegalArgumentException("memory of " + memoryTotalBytes + " bytes");
      }
      return (long) (memoryTotalBytes * percent / 100);
    }

    @Override
    public String toString() {
      return text(percent);
    }

    private static String text(double percent) {
      return Double.isFinite(percent)
          ? BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString() + "%"
          : percent + "%";
    }
  }
}
