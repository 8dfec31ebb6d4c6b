package io.fadvised.policy;

import java.util.Locale;

/**
 * The reason for an eviction, or for leaving a device alone.
 *
 * @param code for counting and comparing
 * @param words for people
 */
public record Reason(Code code, String words) {
  /** The kinds of reasons. */
  public enum Code {
    /** Attached, not measured yet. */
    NEW,
    /** Evicted: more than the allowance was resident, or would be before the next measurement. */
    OVER_ALLOWANCE,
    /** Left: what is resident is within the allowance. */
    WITHIN_ALLOWANCE,
    /** Left: nothing is resident, or too little to be worth a call. */
    NOTHING_TO_GAIN,
    /** Left: no I/O since the last sweep. */
    IDLE,
    /** Left: direct I/O is on, and the lower cache is almost empty. */
    DIRECT,
    /** Left: all resident pages are dirty and being rewritten, or were read ahead. */
    SPARED,
    /** Left while memory is ample: a compressed image, whose lower cache is no second copy. */
    COMPRESSED,
    /** One eviction skipped: pages evicted before were read back. */
    SKIPPED,
    /** Evictions paused: evicted pages were read back again and again. */
    PAUSED,
    /** Left: another device has the same backing file, and is swept for both. */
    SHARED,
    /** Left: dry-run is on; otherwise it would have been evicted. */
    DRY_RUN,
    /** Left: excluded by the configuration. */
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
    /** Left: the kernel does not report the true residency to this process. */
    UNMEASURABLE,
    /** Left: detached, or attached to another file, during the sweep. */
    CHANGED,
    /** Left: a sweep of it, or of another device on its filesystem, is hung. */
    NOT_RESPONDING,
    /** Left: something failed. */
    FAILED;

    /** Returns the name in metrics and JSON, such as {@code over-allowance}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
