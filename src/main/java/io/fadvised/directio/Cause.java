package io.fadvised.directio;

import java.util.Locale;

/** Causes for a loop device's backing file being cached, or not. */
public enum Cause {
  /** Direct I/O is on, and the backing file is not cached. */
  DIRECT(true, false),

  /** Direct I/O is on, but the backing file is cached. */
  DIRECT_BUT_CACHED(false, false),

  /** Direct I/O is off but available. */
  SWITCHED_OFF(false, true),

  /** The device's sectors are smaller than direct I/O on the backing file requires. */
  SECTOR_SIZE(false, true),

  /** Direct I/O requires larger sectors than the content is known to support. */
  CONTENTS(false, false),

  /** The device's offset in the file is not aligned for direct I/O. */
  OFFSET(false, false),

  /** The alignment that direct I/O on the backing file requires is unknown. */
  ALIGNMENT(false, false),

  /** The filesystem writes this file through the page cache; direct I/O helps reads only. */
  READS_ONLY(false, false),

  /** The filesystem of the backing file does not support direct I/O. */
  FILESYSTEM(false, false),

  /** The kernel's loop driver has no direct I/O (before 4.4). */
  KERNEL(false, false),

  /** Direct I/O is off, and the device is backed by a block device, whose cache has the copy. */
  BLOCK_DEVICE(false, false),

  /** The backing file is in memory (tmpfs), where the page cache has the only copy. */
  IN_MEMORY(true, false),

  /** The lower copy is in a cache of the filesystem's own (the ARC of ZFS), out of reach. */
  ARC(true, false),

  /** The device is a compressed image, whose lower cache is no second copy of its files. */
  COMPRESSED(true, false),

  /** The backing file is hung, or unavailable to this user or in this mount namespace. */
  UNSEEN(false, false);

  private final boolean healthy;
  private final boolean curable;

  Cause(boolean healthy, boolean curable) {
    this.healthy = healthy;
    this.curable = curable;
  }

  /** Returns whether nothing is or will be cached twice in the page cache. */
  public boolean isHealthy() {
    return healthy;
  }

  /** Returns whether direct I/O can be enabled. */
  public boolean isCurable() {
    return curable;
  }

  /** The name in JSON output, such as {@code sector-size}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
