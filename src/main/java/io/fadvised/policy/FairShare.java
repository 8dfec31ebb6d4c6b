package io.fadvised.policy;

import java.util.Arrays;

/**
 * Divides the tolerated lower cache among devices: an idle device needs what it holds, a busy one
 * takes what it gets, and none gets more than an equal share of what the smaller ones leave
 * (max-min fairness). So a thousand devices cannot starve one, nor one a thousand.
 */
public final class FairShare {
  private FairShare() {}

  /**
   * The most that any one device may hold.
   *
   * @param budgetBytes for all devices together
   * @param idleResidentBytes what each idle device holds
   * @param busyDevices number of devices with I/O
   */
  public static long allowanceBytes(long budgetBytes, long[] idleResidentBytes, int busyDevices) {
    long[] ascending = idleResidentBytes.clone();
    Arrays.sort(ascending);
    long left = budgetBytes;
    int sharing = ascending.length + busyDevices;
    for (long held : ascending) {
      if (held > left / sharing) {
        break;
      }
      left -= held;
      sharing--;
    }
    return sharing == 0 ? budgetBytes : left / sharing;
  }
}
