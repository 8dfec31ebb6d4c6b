package io.fadvised.linux;

import java.util.Map;

/**
 * The type of the filesystem that holds a file: {@code f_type} of fstatfs(2). Types that fadvised
 * does not know keep their number.
 *
 * @param magic a constant of linux/magic.h
 */
public record FileSystemType(long magic) {
  /** ext2, ext3 and ext4 share a number. */
  public static final FileSystemType EXT4 = new FileSystemType(0xEF53L);

  public static final FileSystemType XFS = new FileSystemType(0x58465342L);
  public static final FileSystemType BTRFS = new FileSystemType(0x9123683EL);

  /** Caches files in its ARC instead of the page cache, apart from mapped pages. */
  public static final FileSystemType ZFS = new FileSystemType(0x2FC12FC1L);

  /** Forwards advice and mincore to the real file; cachestat reports zeros for it (6.18). */
  public static final FileSystemType OVERLAY = new FileSystemType(0x794C7630L);

  /** Also devtmpfs. */
  public static final FileSystemType TMPFS = new FileSystemType(0x01021994L);

  public static final FileSystemType RAMFS = new FileSystemType(0x858458F6L);
  public static final FileSystemType HUGETLBFS = new FileSystemType(0x958458F6L);

  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(EXT4.magic, "ext4"),
          Map.entry(XFS.magic, "xfs"),
          Map.entry(BTRFS.magic, "btrfs"),
          Map.entry(OVERLAY.magic, "overlay"),
          Map.entry(TMPFS.magic, "tmpfs"),
          Map.entry(RAMFS.magic, "ramfs"),
          Map.entry(HUGETLBFS.magic, "hugetlbfs"),
          Map.entry(0x73717368L, "squashfs"),
          Map.entry(0x6969L, "nfs"),
          Map.entry(0x65735546L, "fuse"),
          Map.entry(ZFS.magic, "zfs"),
          Map.entry(0xF2F52010L, "f2fs"),
          Map.entry(0x01021997L, "9p"),
          Map.entry(0xF15FL, "ecryptfs"));

  /**
   * Returns whether the page cache holds the only copy of its files. POSIX_FADV_DONTNEED does
   * nothing there (mm/fadvise.c).
   */
  public boolean isInMemory() {
    return equals(TMPFS) || equals(RAMFS) || equals(HUGETLBFS);
  }

  /** The name that mount(8) uses, or the number. */
  @Override
  public String toString() {
    return NAMES.getOrDefault(magic, "a filesystem of type 0x" + Long.toHexString(magic));
  }
}
