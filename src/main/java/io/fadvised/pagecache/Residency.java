package io.fadvised.pagecache;

import java.util.OptionalLong;

/**
 * What of a range is in the page cache, in bytes (whole pages).
 *
 * @param residentBytes resident, clean or not
 * @param dirtyBytes resident and not yet written; empty where the probe cannot tell (mincore)
 * @param writebackBytes being written just now; empty likewise
 */
public record Residency(long residentBytes, OptionalLong dirtyBytes, OptionalLong writebackBytes) {
  public static final Residency NONE = new Residency(0, OptionalLong.of(0), OptionalLong.of(0));

  /** Of a probe that knows no more. */
  public static Residency ofResident(long residentBytes) {
    return new Residency(residentBytes, OptionalLong.empty(), OptionalLong.empty());
  }

  /** The sum; what one of the two does not know, the sum does not know. */
  public Residency plus(Residency other) {
    return new Residency(
        residentBytes + other.residentBytes,
        sum(dirtyBytes, other.dirtyBytes),
        sum(writebackBytes, other.writebackBytes));
  }

  private static OptionalLong sum(OptionalLong a, OptionalLong b) {
    return a.isPresent() && b.isPresent()
        ? OptionalLong.of(a.getAsLong() + b.getAsLong())
        : OptionalLong.empty();
  }
}
