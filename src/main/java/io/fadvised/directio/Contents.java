package io.fadvised.directio;

import java.util.Optional;
import java.util.Set;

/**
 * The content of a loop device and its limit on the device's sector size.
 *
 * @param kind such as {@code XFS}; empty if it was not recognised
 * @param maxSectorBytes the largest sector size that is known to work; 0 if none is known
 * @param compressed whether its files are compressed, so that its lower cache is no second copy
 */
public record Contents(String kind, int maxSectorBytes, boolean compressed) {
  static final int MAX_SECTOR_BYTES = 64 << 10;

  private static final Set<String> IMAGES = Set.of("ISO 9660", "squashfs", "EROFS");

  /** Zeros wherever a format has its signature: takes sectors of any size. */
  static final Contents BLANK = new Contents("nothing", MAX_SECTOR_BYTES, false);

  /** Its offsets count in sectors, so that it requires the size it was made with. */
  static final Contents PARTITION_TABLE =
      new Contents("a partition table", Storage.MIN_SECTOR_BYTES, false);

  static final Contents NOT_RECOGNISED = unlimited("");

  /** Contents whose limit is not known. */
  static Contents unlimited(String kind) {
    return new Contents(kind, 0, false);
  }

  /** Not recognised if the size is invalid: the owner of the device can write any value there. */
  static Contents of(String kind, long maxSectorBytes) {
    boolean isPossible =
        maxSectorBytes >= Storage.MIN_SECTOR_BYTES
            && maxSectorBytes <= MAX_SECTOR_BYTES
            && Long.bitCount(maxSectorBytes) == 1;
    return isPossible ? new Contents(kind, (int) maxSectorBytes, false) : NOT_RECOGNISED;
  }

  Contents asCompressed() {
    return new Contents(kind, maxSectorBytes, true);
  }

  boolean isPartitionTable() {
    return kind.equals(PARTITION_TABLE.kind);
  }

  public boolean isRecognised() {
    return !kind.isEmpty();
  }

  /** Returns whether it was recognised, but what is inside it decides. */
  boolean hasUnknownLimit() {
    return isRecognised() && maxSectorBytes == 0;
  }

  /** Returns whether mkfs or a partitioning program makes it on a device; images are copied. */
  boolean canBeMade() {
    return maxSectorBytes > 0 && !IMAGES.contains(kind);
  }

  /** The reason why the content may not work with sectors of this size; empty if it does. */
  Optional<String> obstacleTo(int sectorBytes) {
    if (!isRecognised()) {
      return Optional.of("its content was not recognised");
    }
    if (maxSectorBytes == 0) {
      return Optional.of("the largest sector size for " + kind + " on it is not known");
    }
    return maxSectorBytes < sectorBytes
        ? Optional.of(kind + " on it supports sectors of at most " + maxSectorBytes)
        : Optional.empty();
  }
}
