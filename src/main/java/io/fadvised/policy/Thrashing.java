package io.fadvised.policy;

/**
 * Judges whether evicting a device causes thrashing.
 *
 * <p>Every eviction costs some reading from the disk: pages that the upper cache does not hold yet
 * are read once more. Thrashing is reading back without end, because there is no upper cache
 * (O_DIRECT) or because others use the same lower pages (a shared base image).
 *
 * <p>The sign is pages that are read back repeatedly. With an upper cache, a page that was just
 * read is the last one to be requested again; without one, it is as likely as any other. Measured
 * on 6.18 with 1 GiB of random reads, evicted every second: with O_DIRECT the number of repeats was
 * 0.9 to 1.1 times the number expected by chance. Through a filesystem's cache no page was read
 * back repeatedly, except written ones.
 *
 * <p>A container at its limit may have an upper cache that turns over in less than a second. Then
 * its pages are read back repeatedly, too, and evictions are what leaves room for it.
 */
public final class Thrashing {
  /**
   * Less than this, read back between two measurements, is not worth pausing for. A hard disk
   * returns little more in a second of random reads.
   */
  private static final long MIN_BYTES = 1L << 20;

  /** With fewer expected repeats, chance alone could explain the figure. */
  private static final double MIN_EXPECTED_REPEATS = 8;

  /** Half way between the values measured with an upper cache (0) and without one (1). */
  private static final double REPEATED_SHARE = 0.5;

  /**
   * Without pressure evicting gains little, so reading back this fraction of all reads suffices.
   */
  private static final double CALM_SHARE_OF_READS = 0.25;

  /** Below this fraction of time stalled for I/O, more I/O slows nobody down. */
  private static final double MIN_STALL_SHARE = 0.01;

  private Thrashing() {}

  /**
   * Returns whether the evictions before these returns caused thrashing.
   *
   * @param conditions under pressure evicting gains something, too
   */
  public static boolean isCausedBy(Returns returns, Conditions conditions) {
    if (returns.readBackBytes() < MIN_BYTES
        || conditions.ioStallShare().orElse(1) < MIN_STALL_SHARE
        || conditions.upperCacheIsShort()) {
      return false;
    }
    boolean repeats =
        returns.expectedRepeats() >= MIN_EXPECTED_REPEATS
            && returns.repeatedPages() * returns.readBackShare()
                >= REPEATED_SHARE * returns.expectedRepeats();
    boolean isMuch = returns.minReadBackBytes() >= CALM_SHARE_OF_READS * returns.readBytes();
    return repeats || (!conditions.pressed() && isMuch);
  }
}
