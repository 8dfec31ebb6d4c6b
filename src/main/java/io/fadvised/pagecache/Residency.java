package io.fadvised.pagecache;

import java.util.OptionalLong;

/**
 * What of a range is in the page cache, in bytes (whole pages).
 *
 * @param residentBytes resident, clean or not
 * @param dirtyBytes resident and not yet written, as far as it was counted; empty where the probe
 *     cannot tell (mincore)
 * @param writebackBytes being written just now; empty likewise
 * @param errorBytes how far off {@code residentBytes} may be, where part of it was estimated:
 *     {@link Estimate} says in how many cases that holds; 0 if all was counted
 * @param unmeasuredBytes length of what was not counted page by page, but estimated from a sample
 */
public record Residency(
    long residentBytes,
    OptionalLong dirtyBytes,
    OptionalLong writebackBytes,
    long errorBytes,
    long unmeasuredBytes) {
  public static final Residency NONE = new Residency(0, OptionalLong.of(0), OptionalLong.of(0));

  /** One that was counted. */
  public Residency(long residentBytes, OptionalLong dirtyBytes, OptionalLong writebackBytes) {
    this(residentBytes, dirtyBytes, writebackBytes, 0, 0);
  }

  /** Of a probe that knows no more. */
  public static Residency ofResident(long residentBytes) {
    return new Residency(residentBytes, OptionalLong.empty(), OptionalLong.empty());
  }

  /** Of a sample. */
  static Residency ofEstimate(long residentBytes, long errorBytes, long unmeasuredBytes) {
    return new Residency(
        residentBytes, OptionalLong.empty(), OptionalLong.empty(), errorBytes, unmeasuredBytes);
  }

  /** The same of a probe that tells dirty pages, and has counted none here. */
  Residency withoutDirty() {
    return new Residency(
        residentBytes, OptionalLong.of(0), OptionalLong.of(0), errorBytes, unmeasuredBytes);
  }

  /** For a part of what was counted, of which only the share is known that is resident. */
  Residency scaled(long length, double share) {
    double part = residentBytes == 0 ? 0 : length * share / residentBytes;
    return new Residency(
        Math.round(residentBytes * part),
        scaled(dirtyBytes, part),
        scaled(writebackBytes, part),
        length,
        length);
  }

  private static OptionalLong scaled(OptionalLong bytes, double part) {
    return bytes.isPresent()
        ? OptionalLong.of(Math.round(bytes.getAsLong() * part))
        : OptionalLong.empty();
  }

  /** Returns whether all of it was counted. */
  public boolean isExact() {
    return unmeasuredBytes == 0;
  }

  /**
   * The sum; what one of the two does not know, the sum does not know. Its error holds whenever
   * both of theirs do, and mostly otherwise.
   */
  public Residency plus(Residency other) {
    return new Residency(
        residentBytes + other.residentBytes,
        sum(dirtyBytes, other.dirtyBytes),
        sum(writebackBytes, other.writebackBytes),
        errorBytes + other.errorBytes,
        unmeasuredBytes + other.unmeasuredBytes);
  }

  private static OptionalLong sum(OptionalLong a, OptionalLong b) {
    return a.isPresent() && b.isPresent()
        ? OptionalLong.of(a.getAsLong() + b.getAsLong())
        : OptionalLong.empty();
  }
}
