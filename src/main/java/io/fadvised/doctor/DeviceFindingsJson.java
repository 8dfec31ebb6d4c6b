package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.Storage;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Residency;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/** Findings on one loop device as JSON, one component for each key. */
@Json
public record DeviceFindingsJson(
    String device,
    String backingFile,
    long sizeBytes,
    long offsetBytes,
    int sectorBytes,
    Optional<Boolean> directIo,
    List<String> mountPoints,
    Optional<String> filesystem,
    Optional<String> disk,
    OptionalInt diskSectorBytes,
    OptionalInt directIoAlignmentBytes,
    OptionalLong residentBytes,
    OptionalLong residencyErrorBytes,
    Optional<DiskLoad> load,
    Optional<DiskLoad> diskLoad,
    String causeCode,
    String cause,
    boolean derived,
    boolean healthy,
    boolean curable,
    List<String> commands,
    List<String> advice) {

  static DeviceFindingsJson of(DeviceFindings found) {
    LoopDevice device = found.attachment().device();
    Optional<Storage> storage = found.storage();
    Optional<Storage.Disk> disk = storage.flatMap(Storage::disk);
    Diagnosis diagnosis = found.diagnosis();
    return new DeviceFindingsJson(
        device.name(),
        device.backingPath().toString(),
        device.sizeBytes(),
        device.offsetBytes(),
        device.logicalBlockBytes(),
        device.directIo(),
        mountPoints(found.attachment()),
        storage.map(Storage::filesystem),
        disk.map(Storage.Disk::name),
        disk.stream().mapToInt(Storage.Disk::sectorBytes).findFirst(),
        storage.map(Storage::alignmentBytes).orElse(OptionalInt.empty()),
        number(found, Residency::residentBytes),
        number(found, Residency::errorBytes),
        found.load(),
        found.diskLoad(),
        diagnosis.cause().label(),
        diagnosis.words(),
        diagnosis.derived(),
        diagnosis.cause().isHealthy(),
        diagnosis.cause().isCurable(),
        diagnosis.commands(),
        diagnosis.allAdvice());
  }

  private static OptionalLong number(DeviceFindings found, ToLongFunction<Residency> part) {
    return found.residency().stream().mapToLong(part).findFirst();
  }

  private static List<String> mountPoints(Attachment attachment) {
    return attachment.mounts().stream().map(mount -> Printable.of(mount.point())).toList();
  }
}
