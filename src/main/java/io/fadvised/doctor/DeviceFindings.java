package io.fadvised.doctor;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.Storage;
import io.fadvised.linux.FileIdentity;
import io.fadvised.pagecache.Residency;
import java.util.Optional;

/**
 * What was found out about one loop device.
 *
 * @param attachment the device and its mounts
 * @param storage what its backing file lies on; empty if the file cannot be reached
 * @param residency of its backing file; empty if it cannot be measured
 * @param load what the device did while it was watched; empty if it is not counted
 * @param diskLoad what the disk under its backing file did
 * @param file its backing file; empty if that cannot be reached
 * @param diagnosis why, and what cures it
 */
public record DeviceFindings(
    Attachment attachment,
    Optional<Storage> storage,
    Optional<Residency> residency,
    Optional<DiskLoad> load,
    Optional<DiskLoad> diskLoad,
    Optional<FileIdentity> file,
    Diagnosis diagnosis) {

  /** Bytes of the backing file that are cached; 0 if that is not known. */
  public long residentBytes() {
    return residency.map(Residency::residentBytes).orElse(0L);
  }
}
