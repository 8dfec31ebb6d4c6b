package io.fadvised.directio;

import io.fadvised.linux.FileSystemType;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The properties of a backing file's storage that direct I/O depends on.
 *
 * @param named whether the path in sysfs leads to this file in this process; false if the file is
 *     deleted or the path belongs to another mount namespace
 * @param filesystem its type, such as {@code ext4}
 * @param disk the block device below; empty if the filesystem has none of its own (btrfs,
 *     overlayfs, network)
 * @param alignmentBytes the alignment of direct I/O from STATX_DIOALIGN; 0 if the file does not
 *     support direct I/O; empty if the kernel does not report it
 * @param opensForDirectIo whether open(2) with O_DIRECT succeeds; empty if that could not be tried
 * @param checksummed whether the filesystem keeps checksums or copies of the file's data (btrfs),
 *     so that it cannot write from memory that may change meanwhile
 */
public record Storage(
    boolean named,
    String filesystem,
    Optional<Disk> disk,
    OptionalInt alignmentBytes,
    Optional<Boolean> opensForDirectIo,
    boolean checksummed) {
  /** The sector size of a loop device unless the program that attaches it chooses another one. */
  public static final int MIN_SECTOR_BYTES = 512;

  /**
   * A block device.
   *
   * @param name such as {@code sda1}
   * @param sectorBytes its logical block size
   */
  public record Disk(String name, int sectorBytes) {}

  /**
   * The bytes that the device's sectors have to be a multiple of for direct I/O; empty if unknown.
   */
  public OptionalInt neededBytes() {
    if (alignmentBytes.isPresent()) {
      return alignmentBytes;
    }
    return disk.isEmpty() && filesystem.equals(FileSystemType.BTRFS.toString())
        ? OptionalInt.of(MIN_SECTOR_BYTES)
        : disk.stream().mapToInt(Disk::sectorBytes).findFirst();
  }

  /** Filesystem and disk, such as "ext4 on sda1". */
  public String words() {
    return filesystem + disk.map(below -> " on " + below.name()).orElse("");
  }
}
