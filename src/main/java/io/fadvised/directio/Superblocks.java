package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Recognises the content of a device by its superblock. Offsets and magic numbers are those of the
 * kernel's headers, or of the format's specification. Each limit was tried with a loop device of
 * 4096-byte sectors on Linux 6.18, or read in the driver that mounts it.
 */
final class Superblocks {
  private static final int KIB = 1 << 10;

  /** Length of the part to read; the superblock of btrfs is the last one checked. */
  static final int HEAD_BYTES = 68 * KIB;

  /** The journal of an ext4 on another device. */
  static final String EXT_JOURNAL = "an ext4 journal";

  /** fs/ext4/ext4.h: EXT4_FEATURE_INCOMPAT_JOURNAL_DEV. */
  private static final int EXT_JOURNAL_DEVICE = 8;

  /** include/uapi/linux/raid/md_p.h. */
  private static final int MD_MAGIC = 0xA92B4EFC;

  /** drivers/md/bcache/bcache_ondisk.h, its first half. */
  private static final long BCACHE_MAGIC = 0xCA451A4EF67385C6L;

  /** The encoding of the list of name-value pairs in a ZFS label; "version" is its first name. */
  private static final int XDR = 1;

  /** fs/squashfs/squashfs_fs.h. */
  private static final int SQUASHFS_MAGIC = 0x73717368;

  private static final int SQUASHFS_PLAIN_DATA = 2;

  /** fs/erofs/erofs_fs.h. */
  private static final int EROFS_MAGIC = 0xE0F5E1E2;

  private static final int EROFS_COMPRESSION = 3;

  private final ByteBuffer head;
  private final List<Contents> found = new ArrayList<>();

  /**
   * @param head the first 68 KiB
   */
  Superblocks(ByteBuffer head) {
    this.head = head.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Blank if all of the head is zero; not recognised if no format or several were found. */
  Contents contents() {
    addFilesystems();
    addImages();
    addOthers();
    if (found.isEmpty() && isZero(head)) {
      return Contents.BLANK;
    }
    Contents only = found.size() == 1 ? found.get(0) : Contents.NOT_RECOGNISED;
    return only.isRecognised() && isCompressed(head) ? only.asCompressed() : only;
  }

  private void addFilesystems() {
    if (head.getShort(KIB + 0x38) == (short) 0xEF53) { // fs/ext4/ext4.h
      if ((head.getInt(KIB + 0x60) & EXT_JOURNAL_DEVICE) != 0) {
        found.add(Contents.unlimited(EXT_JOURNAL));
      } else {
        add("ext4", power(KIB, head.getInt(KIB + 0x18)));
      }
    }
    if (isAt(0, "XFSB")) { // xfs_format.h: sb_sectsize
      add("XFS", Short.toUnsignedInt(Short.reverseBytes(head.getShort(102))));
    }
    if (isAt(64 * KIB + 0x40, "_BHRfS_M")) { // btrfs_tree.h: sectorsize
      add("btrfs", head.getInt(64 * KIB + 0x90));
    }
    if (head.getInt(KIB) == 0xF2F52010) { // f2fs_fs.h: log_blocksize
      add("f2fs", power(1, head.getInt(KIB + 16)));
    }
    if (isAt(512, "EFI PART")) { // UEFI, 5.3: at the second sector
      found.add(Contents.PARTITION_TABLE);
    } else if (head.getShort(510) == (short) 0xAA55) {
      addBootSector();
    }
  }

  /** Drivers reject sectors that are larger than the boot sector's. */
  private void addBootSector() {
    if (isAt(3, "EXFAT   ")) { // fs/exfat/exfat_raw.h: sect_size_bits
      add("exFAT", power(1, head.get(108)));
    } else if (isAt(3, "NTFS    ")) { // fs/ntfs3/ntfs.h: bytes_per_sector
      add("NTFS", Short.toUnsignedInt(head.getShort(11)));
    } else if (isAt(0x36, "FAT") || isAt(0x52, "FAT")) { // msdos_fs.h: sector_size
      add("FAT", Short.toUnsignedInt(head.getShort(11)));
    } else {
      found.add(Contents.PARTITION_TABLE);
    }
  }

  private void addImages() {
    if (head.getInt(0) == SQUASHFS_MAGIC) {
      add("squashfs", 4 * KIB);
    }
    if (head.getInt(KIB) == EROFS_MAGIC) {
      add("EROFS", power(1, head.get(KIB + 12))); // blkszbits
    }
    if (isAt(32 * KIB + 1, "CD001")) { // fs/isofs: no more than a block of the format
      add("ISO 9660", 2 * KIB);
    }
    if (isAt(32 * KIB + 1, "BEA01")) { // ECMA-167, 2/9
      found.add(Contents.unlimited("UDF"));
    }
  }

  private void addOthers() {
    for (int pageBytes = 4 * KIB; pageBytes <= 64 * KIB; pageBytes *= 2) {
      if (isAt(pageBytes - 10, "SWAPSPACE2")) { // include/linux/swap.h
        add("swap", pageBytes);
      }
    }
    for (int sector = 0; sector < 4; sector++) {
      if (isAt(sector * 512, "LABELONE")) { // lvm2: one of the first four sectors
        found.add(Contents.unlimited("LVM"));
      }
    }
    if (isAt(0, "LUKS\u00ba\u00be")) {
      found.add(Contents.unlimited("LUKS"));
    }
    if (head.getInt(0) == MD_MAGIC || head.getInt(4 * KIB) == MD_MAGIC) { // versions 1.1, 1.2
      found.add(Contents.unlimited("md RAID"));
    }
    if (head.get(16 * KIB) == XDR && isAt(16 * KIB + 24, "version\0")) { // sys/nvpair.h
      found.add(Contents.unlimited("ZFS")); // its label skips the place of ext4's superblock
    }
    if (head.getLong(4 * KIB + 24) == BCACHE_MAGIC) {
      found.add(Contents.unlimited("bcache"));
    }
  }

  /**
   * Returns whether a device begins with a squashfs or EROFS image whose files are compressed.
   *
   * @param start its first 2 KiB or more
   */
  static boolean isCompressed(ByteBuffer start) {
    ByteBuffer bytes = start.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getInt(0) == SQUASHFS_MAGIC) {
      return (bytes.getShort(24) & SQUASHFS_PLAIN_DATA) == 0;
    }
    return bytes.getInt(KIB) == EROFS_MAGIC
        && ((bytes.getInt(KIB + 80) & EROFS_COMPRESSION) != 0
            || bytes.getShort(KIB + 84) != 0); // maximum distance of LZ4, the only one at first
  }

  /**
   * Returns whether an md superblock of version 0.90 or 1.0 is at the end of a device; see md(4).
   *
   * @param tail the last bytes, at least 128 KiB unless the device is smaller
   */
  static boolean isMdAtTheEnd(ByteBuffer tail, long sizeBytes) {
    long old = (sizeBytes & -(64L * KIB)) - 64 * KIB;
    long present = (sizeBytes - 8 * KIB) & -(4L * KIB);
    return isMdAt(tail, old, sizeBytes) || isMdAt(tail, present, sizeBytes);
  }

  private static boolean isMdAt(ByteBuffer tail, long offset, long sizeBytes) {
    long at = offset - (sizeBytes - tail.limit());
    return at >= 0
        && at + 4 <= tail.limit()
        && tail.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt((int) at) == MD_MAGIC;
  }

  static boolean isZero(ByteBuffer bytes) {
    return bytes.equals(ByteBuffer.allocate(bytes.remaining()));
  }

  private void add(String kind, long maxSectorBytes) {
    found.add(Contents.of(kind, maxSectorBytes));
  }

  /** Returns 0 if the exponent is out of range. */
  private static long power(int base, int exponent) {
    return exponent < 0 || exponent > 16 ? 0 : (long) base << exponent;
  }

  private boolean isAt(int offset, String magic) {
    byte[] bytes = new byte[magic.length()];
    head.get(offset, bytes);
    return new String(bytes, ISO_8859_1).equals(magic);
  }
}
