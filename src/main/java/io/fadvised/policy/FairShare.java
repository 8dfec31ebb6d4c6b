package io.fadvised.policy;

import java.util.Arrays;

/**
 * Divides the budget among devices by max-min fairness. An idle device needs its resident bytes; a
 * busy one takes all that it is given. None gets more than an equal share of the bytes that smaller
 * devices leave. A thousand devices cannot starve one, nor one a thousand.
 */
public final class FairShare {
  private FairShare() {}

  /**
   * Returns the allowance of each device, in bytes.
   *
   * @param budgetBytes for all devices together
   * @param idleResidentBytes resident bytes of each idle device
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
