package io.fadvised.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A file handle made from an inode number, for open_by_handle_at(2). Each filesystem defines its
 * own format; these are the formats that do not require an open file.
 */
public final class FileHandle {
  /** FILEID_INO32_GEN, include/linux/exportfs.h. */
  private static final int INO32_GENERATION = 1;

  /** XFS_FILEID_TYPE_64FLAG | FILEID_INO32_GEN, fs/xfs/xfs_export.h. */
  private static final int XFS_INO64_GENERATION = 0x81;

  private final byte[] encoded;

  private FileHandle(byte[] encoded) {
    this.encoded = encoded;
  }

  /**
   * A handle for ext2, ext3 and ext4. Generation 0 means "any" (ext4_nfs_get_inode,
   * fs/ext4/super.c).
   *
   * @throws IllegalArgumentException if the inode number has more than 32 bits; ext4 has none
   */
  public static FileHandle ext(long inode) {
    if (inode != (inode & 0xffff_ffffL)) {
      throw new IllegalArgumentException("ext4 inode out of range: " + inode);
    }
    return new FileHandle(header(8, INO32_GENERATION).putInt((int) inode).putInt(0).array());
  }

  /** A handle for XFS, which requires the inode's generation. */
  public static FileHandle xfs(long inode, int generation) {
    return new FileHandle(
        header(12, XFS_INO64_GENERATION).putLong(inode).putInt(generation).array());
  }

  /** The bytes of {@code struct file_handle}. */
  byte[] encoded() {
    return encoded.clone();
  }

  private static ByteBuffer header(int handleBytes, int type) {
    return ByteBuffer.allocate(8 + handleBytes)
        .order(ByteOrder.nativeOrder())
        .putInt(handleBytes)
        .putInt(type);
  }
}
