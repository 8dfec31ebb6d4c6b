package io.fadvised.policy;

/**
 * What one device may hold of the lower cache.
 *
 * @param bytes the most
 * @param floorBytes less than this is not evicted, whatever the allowance
 */
public record Allowance(long bytes, long floorBytes) {
  public static final Allowance NONE = new Allowance(0, SweepPolicy.WORTH_BYTES);

  /**
   * An allowance whose floor follows from the host: small amounts are left alone only while all
   * devices together are within the budget. A thousand small files are as much as one large one.
   *
   * @param overBudget whether all devices together exceed the budget
   */
  public static Allowance of(long bytes, boolean overBudget) {
    return new Allowance(
        bytes, overBudget ? Math.min(SweepPolicy.WORTH_BYTES, bytes) : SweepPolicy.WORTH_BYTES);
  }

  /** Returns whether holding so much is a reason to evict. */
  public boolean isExceededBy(long residentBytes) {
    return residentBytes > bytes && residentBytes >= floorBytes;
  }
}
