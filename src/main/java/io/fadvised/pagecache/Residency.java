package io.fadvised.pagecache;

import java.util.OptionalLong;

/**
 * The bytes of a range that are in the page cache, in whole pages.
 *
 * @param residentBytes resident, clean or not
 * @param dirtyBytes resident and not yet written, as far as they were counted; empty if the probe
 *     does not report them (mincore)
 * @param writebackBytes being written at present; empty likewise
 * @param errorBytes maximum error of {@code residentBytes} if a part was estimated, with the
 *     confidence of {@link Estimate}; 0 if all was counted
 * @param unmeasuredBytes length of the part that was estimated from a sample
 */
public record Residency(
    long residentBytes,
    OptionalLong dirtyBytes,
    OptionalLong writebackBytes,
    long errorBytes,
    long unmeasuredBytes) {
  public static final Residency NONE = new Residency(0, OptionalLong.of(0), OptionalLong.of(0));

  /** Makes a residency that was counted. */
  public Residency(long residentBytes, OptionalLong dirtyBytes, OptionalLong writebackBytes) {
    this(residentBytes, dirtyBytes, writebackBytes, 0, 0);
  }

  /** Returns a counted residency without dirty bytes, as mincore reports it. */
  public static Residency ofResident(long residentBytes) {
    return new Residency(residentBytes, OptionalLong.empty(), OptionalLong.empty());
  }

  /** Returns a residency that was estimated from a sample. */
  static Residency ofEstimate(long residentBytes, long errorBytes, long unmeasuredBytes) {
    return new Residency(
        residentBytes, OptionalLong.empty(), OptionalLong.empty(), errorBytes, unmeasuredBytes);
  }

  /** Returns this residency with no dirty bytes instead of unknown ones. */
  Residency withoutDirty() {
    return new Residency(
        residentBytes, OptionalLong.of(0), OptionalLong.of(0), errorBytes, unmeasuredBytes);
  }

  /** Returns an estimate for a part of this range of which only the resident share is known. */
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

  /** Returns whether the whole range was counted. */
  public boolean isExact() {
    return unmeasuredBytes == 0;
  }

  /**
   * Returns the sum. A figure that is unknown in one of the two is unknown in the sum. The error of
   * the sum holds whenever both errors do, and mostly otherwise.
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
