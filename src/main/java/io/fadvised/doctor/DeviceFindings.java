package io.fadvised.doctor;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.Storage;
import io.fadvised.linux.FileIdentity;
import io.fadvised.pagecache.Residency;
import java.util.Optional;

/**
 * The findings on one loop device.
 *
 * @param attachment the device and its mounts
 * @param storage the storage of its backing file; empty if the file is unreachable
 * @param residency the residency of its backing file; empty if it cannot be measured
 * @param load the load of the device; empty if its I/O is not counted or was not watched
 * @param diskLoad the load of the disk below its backing file; empty if unknown
 * @param file the backing file; empty if it is unreachable
 */
public record DeviceFindings(
    Attachment attachment,
    Optional<Storage> storage,
    Optional<Residency> residency,
    Optional<DiskLoad> load,
    Optional<DiskLoad> diskLoad,
    Optional<FileIdentity> file,
    Diagnosis diagnosis) {

  /** Resident bytes of the backing file; 0 if unknown. */
  public long residentBytes() {
    return residency.map(Residency::residentBytes).orElse(0L);
  }
}
