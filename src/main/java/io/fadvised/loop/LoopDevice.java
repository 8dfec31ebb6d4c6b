package io.fadvised.loop;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One attached loop device, as sysfs showed it at one moment.
 *
 * @param name the kernel's name, such as {@code loop3}
 * @param backingPath what sysfs calls the backing file; a label
 * @param offsetBytes where in the backing file the device begins
 * @param sizeLimitBytes the limit given at attach; 0 is none
 * @param sizeBytes the device's size
 * @param readOnly whether it is attached read-only
 * @param directIo whether direct I/O is on; empty where the kernel has none (before 4.4)
 * @param logicalBlockBytes the device's sector size
 * @param diskSequence the kernel's number of this attachment (diskseq); empty before 5.15
 */
public record LoopDevice(
    String name,
    BackingPath backingPath,
    long offsetBytes,
    long sizeLimitBytes,
    long sizeBytes,
    boolean readOnly,
    Optional<Boolean> directIo,
    int logicalBlockBytes,
    OptionalLong diskSequence) {

  /**
   * Whether {@code later} may be taken for the same attachment as this. Where there is a diskseq it
   * decides alone: while attached, a backing file may be renamed and the offset moved.
   */
  public boolean isSameAttachment(LoopDevice later) {
    return diskSequence.equals(later.diskSequence)
        && (diskSequence.isPresent()
            || (backingPath.equals(later.backingPath) && offsetBytes == later.offsetBytes));
  }

  /** Returns whether the kernel says that direct I/O is on. */
  public boolean hasDirectIo() {
    return directIo.orElse(false);
  }
}
