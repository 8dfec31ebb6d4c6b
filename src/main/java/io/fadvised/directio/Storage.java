package io.fadvised.directio;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a backing file lies on, as far as direct I/O depends on it.
 *
 * @param named whether the path that sysfs shows leads to this very file, from this process: not if
 *     it was deleted, or belongs to another mount namespace
 * @param filesystem its type, such as {@code ext4}
 * @param disk the block device below; empty where the filesystem has none of its own (btrfs,
 *     overlayfs, network)
 * @param alignmentBytes what the kernel says that direct I/O must be aligned to (STATX_DIOALIGN); 0
 *     if the file takes none; empty if it does not say
 * @param opensForDirectIo whether open(2) with O_DIRECT was seen to succeed; empty if that could
 *     not be tried
 */
public record Storage(
    boolean named,
    String filesystem,
    Optional<Disk> disk,
    OptionalInt alignmentBytes,
    Optional<Boolean> opensForDirectIo) {

  /**
   * A block device.
   *
   * @param name the kernel's, such as {@code sda1}
   * @param number {@code major:minor}
   * @param sectorBytes its logical block size
   */
  public record Disk(String name, String number, int sectorBytes) {}

  /** As in "ext4 on sda1". */
  String words() {
    return filesystem + disk.map(below -> " on " + below.name()).orElse("");
  }
}
