package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The content of a loop device and its limit on the device's sector size.
 *
 * @param kind such as {@code XFS}
 * @param maxSectorBytes the largest supported sector size
 */
public record Contents(String kind, int maxSectorBytes) {
  private static final int KIB = 1 << 10;

  /** Length of the part to read; the superblock of btrfs is the last one checked. */
  private static final int HEAD_BYTES = 68 * KIB;

  private static final int FAT_SIGNATURE_AT = 510;
  private static final int GPT_AT = 512;

  /**
   * Reads the first 68 KiB of a device.
   *
   * @return empty if the content is unknown, or the device cannot be read
   */
  public static Optional<Contents> of(Path device) {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(device)) {
      while (head.hasRemaining() && channel.read(head) > 0) {}
    } catch (IOException e) {
      return Optional.empty();
    }
    return of(head.clear());
  }

  /** Offsets and magic numbers: fs/ext4/ext4.h, xfs_format.h, btrfs_tree.h; UEFI, 5.3. */
  static Optional<Contents> of(ByteBuffer head) {
    if (head.getShort(KIB + 0x38) == (short) 0xEF53) {
      int log = head.getInt(KIB + 0x18);
      return log < 0 || log > 6 ? Optional.empty() : ifPossible("ext4", KIB << log);
    }
    if (isAt(head, 0, "XFSB")) {
      return ifPossible("XFS", Short.toUnsignedInt(Short.reverseBytes(head.getShort(102))));
    }
    if (isAt(head, 64 * KIB + 0x40, "_BHRfS_M")) {
      return ifPossible("btrfs", head.getInt(64 * KIB + 0x90));
    }
    if (isAt(head, GPT_AT, "EFI PART")) {
      return ifPossible("a partition table", GPT_AT);
    }
    if (head.getShort(FAT_SIGNATURE_AT) == (short) 0xAA55) {
      boolean isFat = isAt(head, 0x36, "FAT") || isAt(head, 0x52, "FAT");
      return isFat
          ? ifPossible("FAT", Short.toUnsignedInt(head.getShort(11)))
          : ifPossible("a partition table", GPT_AT);
    }
    return Optional.empty();
  }

  /** Empty if the size is invalid: the owner of the device can write any value there. */
  private static Optional<Contents> ifPossible(String kind, int maxSectorBytes) {
    boolean isPossible =
        maxSectorBytes >= 512
            && maxSectorBytes <= 64 * KIB
            && Integer.bitCount(maxSectorBytes) == 1;
    return isPossible ? Optional.of(new Contents(kind, maxSectorBytes)) : Optional.empty();
  }

  private static boolean isAt(ByteBuffer head, int offset, String magic) {
    byte[] found = new byte[magic.length()];
    head.get(offset, found);
    return new String(found, ISO_8859_1).equals(magic);
  }
}
