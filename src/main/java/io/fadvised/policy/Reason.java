package io.fadvised.policy;

import java.util.Locale;

/**
 * Why something was done, or not.
 *
 * @param code for counting and comparing
 * @param words for people
 */
public record Reason(Code code, String words) {
  /** The kinds of reasons. */
  public enum Code {
    /** Attached, not looked at yet. */
    NEW,
    /** Evicted: more than the allowance was resident, or would be before the next look. */
    OVER_ALLOWANCE,
    /** Left: what is resident is within the allowance. */
    WITHIN_ALLOWANCE,
    /** Left: nothing is resident, or too little to be worth a call. */
    NOTHING_TO_GAIN,
    /** Left: no I/O since the last sweep. */
    IDLE,
    /** Left: direct I/O is on, and next to nothing is cached below. */
    DIRECT,
    /** Left: all that could be evicted is dirty and being rewritten, or was read ahead. */
    SPARED,
    /** One eviction skipped: pages evicted before were read back. */
    SKIPPED,
    /** Evictions paused: evicted pages were read back again and again. */
    PAUSED,
    /** Left: another device has the same backing file, and is swept for both. */
    SHARED,
    /** Left: this would have been evicted, but dry-run is on. */
    DRY_RUN,
    /** Left: the operator said so, in the configuration. */
    EXCLUDED,
    /** Left: backed by a block device. */
    BLOCK_DEVICE,
    /** Left: the backing file lives in memory. */
    IN_MEMORY,
    /** Left: the backing file is deleted and out of reach. */
    DELETED,
    /** Left: the backing file is out of reach. */
    UNREACHABLE,
    /** Left: not permitted. */
    NOT_PERMITTED,
    /** Left: the kernel would not tell the truth about residency, or not at a bearable cost. */
    UNMEASURABLE,
    /** Left: detached, or attached to another file, during the sweep. */
    CHANGED,
    /** Left: a sweep of it, or of another device on its filesystem, hangs. */
    NOT_RESPONDING,
    /** Left: something failed. */
    FAILED;

    /** The name as metrics and JSON show it: {@code over-allowance}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
