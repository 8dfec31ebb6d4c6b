package io.fadvised.linux;

import com.sun.jna.Memory;
import com.sun.jna.Platform;

/**
 * The numbers, flags and struct layouts of system calls that differ between architectures. fstat(2)
 * is called by number, since glibc exports it under different names before and after 2.33. AbiTest
 * compares them with the output of a C compiler (src/test/abi). Sources: asm/stat.h, asm/fcntl.h
 * and asm/unistd.h.
 */
enum StatLayout {
  X86_64(5, 327, 332, 0x4000, 0x10000, 0x20000, 24, 28),
  AARCH64(80, 286, 291, 0x10000, 0x4000, 0x8000, 16, 24);

  static final int STRUCT_BYTES = 144;

  private static final int DEVICE_AT = 0;
  private static final int INODE_AT = 8;
  private static final int SIZE_AT = 48;

  final long syscall;

  /** preadv2(2), added in 4.6. */
  final long preadv2;

  /** statx(2), added in 4.11. */
  final long statx;

  /** O_DIRECT. */
  final int direct;

  /** O_DIRECTORY. */
  final int directory;

  /** O_NOFOLLOW. */
  final int noFollow;

  private final int modeAt;
  private final int ownerAt;

  StatLayout(
      long syscall,
      long preadv2,
      long statx,
      int direct,
      int directory,
      int noFollow,
      int modeAt,
      int ownerAt) {
    this.syscall = syscall;
    this.preadv2 = preadv2;
    this.statx = statx;
    this.direct = direct;
    this.directory = directory;
    this.noFollow = noFollow;
    this.modeAt = modeAt;
    this.ownerAt = ownerAt;
  }

  static StatLayout ofThisMachine() {
    return switch (Platform.ARCH) {
      case "x86-64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "fadvised runs on x86-64 and aarch64, not on " + Platform.ARCH);
    };
  }

  FileStat read(Memory stat) {
    return new FileStat(
        new FileIdentity(stat.getLong(DEVICE_AT), stat.getLong(INODE_AT)),
        stat.getInt(modeAt),
        stat.getInt(ownerAt),
        stat.getLong(SIZE_AT));
  }
}
