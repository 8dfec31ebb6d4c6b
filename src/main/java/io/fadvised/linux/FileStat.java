package io.fadvised.linux;

/**
 * The result of fstat(2) for an open file.
 *
 * @param identity device and inode
 * @param mode type and permission bits
 * @param ownerId the owner's user id
 * @param sizeBytes the file's length, 0 or more
 */
public record FileStat(FileIdentity identity, int mode, int ownerId, long sizeBytes) {
  private static final int TYPE_MASK = 0xF000;
  private static final int REGULAR = 0x8000;
  private static final int DIRECTORY = 0x4000;
  private static final int SYMBOLIC_LINK = 0xA000;
  private static final int FIFO = 0x1000;
  private static final int SOCKET = 0xC000;
  private static final int BLOCK_DEVICE = 0x6000;
  private static final int CHARACTER_DEVICE = 0x2000;

  public boolean isRegularFile() {
    return type() == REGULAR;
  }

  public boolean isBlockDevice() {
    return type() == BLOCK_DEVICE;
  }

  /** The kind of file, for messages: "a FIFO", "a symbolic link". */
  public String kind() {
    return switch (type()) {
      case REGULAR -> "a regular file";
      case DIRECTORY -> "a directory";
      case SYMBOLIC_LINK -> "a symbolic link";
      case FIFO -> "a FIFO";
      case SOCKET -> "a socket";
      case BLOCK_DEVICE -> "a block device";
      case CHARACTER_DEVICE -> "a character device";
      default -> "a file of unknown type";
    };
  }

  private int type() {
    return mode & TYPE_MASK;
  }
}
