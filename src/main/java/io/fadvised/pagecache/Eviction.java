package io.fadvised.pagecache;

/**
 * What one eviction was seen to do.
 *
 * @param before residency measured before
 * @param after residency measured after
 * @param adviceCalls calls of posix_fadvise(2) made; 0 in a dry run
 */
public record Eviction(Residency before, Residency after, int adviceCalls) {

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
    long waiting = after.dirtyBytes().orElse(0) + after.writebackBytes().orElse(0);
    return after.dirtyBytes().isEmpty()
        ? "dirty, mapped, in use or new"
        : waiting >= after.residentBytes() / 2
            ? "dirty or being written, evicted on a later sweep"
            : "mapped, in use or new";
  }
}
