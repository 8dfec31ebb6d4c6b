package io.fadvised.policy;

/**
 * The part of the lower cache that one device is granted.
 *
 * @param bytes the maximum
 * @param floorBytes less than this is not evicted, whatever the allowance
 * @param origin the limit of a container that decides it, for people; empty if the host's budget
 *     does
 */
public record Allowance(long bytes, long floorBytes, String origin) {
  public static final Allowance NONE = new Allowance(0, SweepPolicy.WORTH_BYTES, "");

  /**
   * Returns an allowance whose floor is {@link SweepPolicy#WORTH_BYTES} while all devices together
   * are within the budget. Over the budget small amounts are evicted, too: a thousand small files
   * add up to a large one.
   *
   * @param overBudget whether all devices together exceed the budget
   */
  public static Allowance of(long bytes, boolean overBudget) {
    return new Allowance(
        bytes, overBudget ? Math.min(SweepPolicy.WORTH_BYTES, bytes) : SweepPolicy.WORTH_BYTES, "");
  }

  /** Returns the allowance of a device whose payer is at its limit. */
  public static Allowance within(Payer payer, long bytes) {
    long worth = Math.max(SweepPolicy.WORTH_BYTES, bytes);
    return new Allowance(worth, SweepPolicy.WORTH_BYTES, payer.shareText(worth));
  }

  /** Returns whether a device with this many resident bytes is to be evicted. */
  public boolean isExceededBy(long residentBytes) {
    return residentBytes > bytes && residentBytes >= floorBytes;
  }
}
