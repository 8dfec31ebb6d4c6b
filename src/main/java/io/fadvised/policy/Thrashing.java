package io.fadvised.policy;

import java.util.OptionalDouble;

/**
 * Judges whether evicting a device does harm.
 *
 * <p>Some reading from the disk is the price of every eviction: what the layer above has not cached
 * yet is read once more. Harm is where that does not end, because the layer above caches nothing
 * (O_DIRECT), or because others use the same lower pages (a shared base image). The two differ in
 * which pages come back. Below a layer that caches, a page that was just read is the last one to be
 * asked for again; below one that does not, it is as likely as any other. Measured on 6.18, 1 GiB
 * of random reads, evicted every second: with O_DIRECT 0.9 to 1.1 times as many pages came back
 * again as blind chance would make it; through a filesystem's cache none did, but for those
 * written.
 */
public final class Thrashing {
  /**
   * Less than that at a look is no harm worth stopping for. A disk that turns brings back little
   * more in a second of random reads.
   */
  private static final long LEAST_BYTES = 1L << 20;

  /** Below that many, chance alone could deceive. */
  private static final double LEAST_EXPECTED = 8;

  /** Half way between what was measured below a caching layer (0) and below none (1). */
  private static final double REPEATING = 0.5;

  /** Without pressure there is little to win, so less is forgiven. */
  private static final double CALM_SHARE_OF_READS = 0.25;

  /** Who hardly waits for I/O is not harmed by more of it. */
  private static final double LEAST_STALL_SHARE = 0.01;

  private Thrashing() {}

  /**
   * Whether the evictions harm.
   *
   * @param pressed whether memory is scarce, so that eviction wins something, too
   * @param ioStallShare part of the time in which some task waited for I/O (PSI); empty if unknown
   */
  public static boolean isCausedBy(Returns returns, boolean pressed, OptionalDouble ioStallShare) {
    if (returns.readAgainBytes() < LEAST_BYTES || ioStallShare.orElse(1) < LEAST_STALL_SHARE) {
      return false;
    }
    boolean comesBackForEver =
        returns.expectedRepeats() >= LEAST_EXPECTED
            && returns.repeatedPages() * returns.readAgainShare()
                >= REPEATING * returns.expectedRepeats();
    boolean isMuch = returns.surelyReadAgainBytes() >= CALM_SHARE_OF_READS * returns.readBytes();
    return comesBackForEver || (!pressed && isMuch);
  }
}
