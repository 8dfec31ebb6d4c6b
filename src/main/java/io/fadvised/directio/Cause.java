package io.fadvised.directio;

import java.util.Locale;

/** Why a loop device's data is cached below it, or is not. */
public enum Cause {
  /** Direct I/O is on, and nothing of the backing file is cached. */
  DIRECT(true, false),

  /** Direct I/O is on, and the backing file is cached all the same. */
  DIRECT_BUT_CACHED(false, false),

  /** Direct I/O is off, and nothing stands in its way. */
  SWITCHED_OFF(false, true),

  /** The device's sectors are smaller than what direct I/O on the backing file needs. */
  SECTOR_SIZE(false, true),

  /** It would need larger sectors than what is on the device works with. */
  CONTENTS(false, false),

  /** The device begins in the file where direct I/O cannot. */
  OFFSET(false, false),

  /** The filesystem of the backing file takes no direct I/O. */
  FILESYSTEM(false, false),

  /** The kernel's loop driver has no direct I/O (before 4.4). */
  KERNEL(false, false),

  /** The device is backed by another block device: there is no file to be cached. */
  BLOCK_DEVICE(true, false),

  /** The backing file lives in memory (tmpfs): its pages are its only copy. */
  IN_MEMORY(true, false),

  /** What there is to see cannot be seen by this user, or not from here. */
  UNSEEN(false, false);

  private final boolean healthy;
  private final boolean curable;

  Cause(boolean healthy, boolean curable) {
    this.healthy = healthy;
    this.curable = curable;
  }

  /** Whether nothing is cached twice, nor will be. */
  public boolean isHealthy() {
    return healthy;
  }

  /** Whether direct I/O can be had. */
  public boolean isCurable() {
    return curable;
  }

  /** For scripts: {@code sector-size}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
