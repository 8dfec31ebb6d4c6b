package io.fadvised.loop;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A snapshot of an attached loop device in sysfs.
 *
 * @param name the kernel's name, such as {@code loop3}
 * @param backingPath a label, see {@link BackingPath}
 * @param offsetBytes where in the backing file the device begins
 * @param sizeLimitBytes the limit given at attach; 0 means none
 * @param sizeBytes the device's size
 * @param directIo whether direct I/O is on; empty if the kernel does not support it (before 4.4)
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
   * Returns whether {@code later} may be the same attachment. A diskseq decides alone. Without it
   * the offset decides, since the backing file can be renamed or deleted while attached: only the
   * identity of the file shows whether it is another one.
   */
  public boolean isSameAttachment(LoopDevice later) {
    return diskSequence.equals(later.diskSequence)
        && (diskSequence.isPresent() || offsetBytes == later.offsetBytes);
  }

  /** Returns whether the kernel reports direct I/O as on. */
  public boolean hasDirectIo() {
    return directIo.orElse(false);
  }
}
