package io.fadvised.pagecache;

/**
 * The measured result of one eviction.
 *
 * @param before residency measured before
 * @param after residency measured after
 * @param adviceCalls calls of posix_fadvise(2) made
 * @param cutShort whether it ended before all parts were advised
 */
public record Eviction(Residency before, Residency after, int adviceCalls, boolean cutShort) {

  /** Returns the decrease of the resident bytes; 0 if they grew. */
  public long releasedBytes() {
    return Math.max(0, before.residentBytes() - after.residentBytes());
  }

  /** Returns why pages stayed, as far as the probe can distinguish; empty if none stayed. */
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

  /**
   * Returns whether at least half of the remaining bytes are known to be dirty or being written.
   */
  public boolean isWaitingForDisk() {
    long waiting = after.dirtyBytes().orElse(0) + after.writebackBytes().orElse(0);
    return waiting > 0 && waiting >= after.residentBytes() / 2;
  }
}
