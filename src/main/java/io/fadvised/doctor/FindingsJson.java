package io.fadvised.doctor;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.Storage;
import io.fadvised.loop.Printable;
import io.fadvised.pagecache.Residency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Findings as JSON. Unknown values are {@code null}, so that every object has every key. Sizes are
 * in bytes, shares from 0 to 1.
 */
public final class FindingsJson {
  private static final ConfigRenderOptions FORMATTED =
      ConfigRenderOptions.concise().setFormatted(true);

  private FindingsJson() {}

  /** Returns one object on several lines. */
  public static String formatted(Findings findings) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kernel", findings.kernel());
    fields.put("watchedSeconds", findings.watched().toMillis() / 1000.0);
    fields.put("healthy", findings.isHealthy());
    fields.put("suffering", findings.symptoms().isSuffering());
    fields.put("duplicateBytes", findings.duplicateBytes());
    fields.put("verdict", findings.verdict());
    fields.put("symptoms", symptoms(findings.symptoms()));
    fields.put("devices", findings.devices().stream().map(FindingsJson::device).toList());
    fields.put("problems", findings.problems());
    return ConfigValueFactory.fromMap(fields).render(FORMATTED).stripTrailing();
  }

  private static Map<String, @Nullable Object> symptoms(Symptoms symptoms) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("ioWaitShare", orNull(symptoms.ioWaitShare()));
    fields.put("refaultsPerSecond", orNull(symptoms.refaultsPerSecond()));
    fields.put("scannedPerSecond", orNull(symptoms.scannedPerSecond()));
    fields.put("memoryStallShare", orNull(symptoms.memoryStallShare()));
    fields.put("ioStallShare", orNull(symptoms.ioStallShare()));
    return fields;
  }

  private static Map<String, @Nullable Object> device(DeviceFindings found) {
    var device = found.attachment().device();
    Optional<Storage> storage = found.storage();
    Diagnosis diagnosis = found.diagnosis();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("device", device.name());
    fields.put("backingFile", device.backingPath().toString());
    fields.put("sizeBytes", device.sizeBytes());
    fields.put("offsetBytes", device.offsetBytes());
    fields.put("logicalBlockBytes", device.logicalBlockBytes());
    fields.put("directIo", device.directIo().orElse(null));
    fields.put("mountPoints", mountPoints(found.attachment()));
    fields.put("filesystem", storage.map(Storage::filesystem).orElse(null));
    fields.put("disk", storage.flatMap(Storage::disk).map(Storage.Disk::name).orElse(null));
    fields.put(
        "diskSectorBytes",
        storage.flatMap(Storage::disk).map(Storage.Disk::sectorBytes).orElse(null));
    fields.put(
        "directIoAlignmentBytes",
        orNull(storage.map(Storage::alignmentBytes).orElse(OptionalInt.empty())));
    fields.put("residentBytes", found.residency().map(Residency::residentBytes).orElse(null));
    fields.put("residencyErrorBytes", found.residency().map(Residency::errorBytes).orElse(null));
    fields.put("load", found.load().map(FindingsJson::load).orElse(null));
    fields.put("diskLoad", found.diskLoad().map(FindingsJson::load).orElse(null));
    fields.put("cause", diagnosis.cause().label());
    fields.put("words", diagnosis.words());
    fields.put("derived", diagnosis.derived());
    fields.put("healthy", diagnosis.cause().isHealthy());
    fields.put("curable", diagnosis.cause().isCurable());
    fields.put("commands", diagnosis.commands());
    fields.put("advice", diagnosis.advice());
    return fields;
  }

  private static List<String> mountPoints(Attachment attachment) {
    return attachment.mounts().stream().map(mount -> Printable.of(mount.point())).toList();
  }

  private static Map<String, Object> load(DiskLoad load) {
    return Map.of(
        "requestsPerSecond", load.requestsPerSecond(),
        "bytesPerSecond", load.bytesPerSecond(),
        "millisPerRequest", load.millisPerRequest(),
        "busyShare", load.busyShare());
  }

  private static @Nullable Double orNull(OptionalDouble number) {
    return number.isPresent() ? number.getAsDouble() : null;
  }

  private static @Nullable Integer orNull(OptionalInt number) {
    return number.isPresent() ? number.getAsInt() : null;
  }
}
