package io.fadvised.pagecache;

/**
 * What one eviction was seen to do.
 *
 * @param before residency measured before
 * @param after residency measured after
 * @param adviceCalls calls of posix_fadvise(2) made
 * @param cutShort whether its time ran out before all was advised
 */
public record Eviction(Residency before, Residency after, int adviceCalls, boolean cutShort) {

  /** One that had the time it took. */
  public Eviction(Residency before, Residency after, int adviceCalls) {
    this(before, after, adviceCalls, false);
  }

  /**
   * Bytes that were resident before and no longer are. 0, not less, if meanwhile more came than
   * left.
   */
  public long releasedBytes() {
    return Math.max(0, before.residentBytes() - after.residentBytes());
  }

  /** Why what is still there stayed, as far as the probe can tell; empty if nothing stayed. */
  public String stayedText() {
    if (after.residentBytes() == 0) {
      return "";
    }
    if (cutShort) {
      return "not reached in time, evicted on a later sweep";
    }
    return isWaitingForDisk()
        ? "dirty or being written, evicted on a later sweep"
        : after.dirtyBytes().isEmpty() ? "dirty, mapped, in use or new" : "mapped, in use or new";
  }

  /** Returns whether most of what stayed is known to be dirty or being written. */
  public boolean isWaitingForDisk() {
    long waiting = after.dirtyBytes().orElse(0) + after.writebackBytes().orElse(0);
    return waiting > 0 && waiting >= after.residentBytes() / 2;
  }
}
