package io.fadvised.policy;

import java.util.Locale;

/** Formats amounts of bytes for people: {@code 512 B}, {@code 1.5 MiB}, {@code 12 GiB}. */
public final class Bytes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Bytes() {}

  public static String text(long bytes) {
    double amount = bytes;
    int unit = 0;
    while (Math.abs(amount) >= 1024 && unit < UNITS.length - 1) {
      amount /= 1024;
      unit++;
    }
    boolean whole = unit == 0 || Math.abs(amount) >= 100 || amount == Math.rint(amount);
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
  }
}
