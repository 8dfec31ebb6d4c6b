package io.fadvised.status;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts a device's status to the fields of a JSON object and back. */
final class DeviceJson {
  private DeviceJson() {}

  static Map<String, @Nullable Object> fields(DeviceStatus device) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("device", JsonText.of(device.device()));
    fields.put("backingFile", JsonText.of(device.backingFile()));
    fields.put("sizeBytes", device.sizeBytes());
    fields.put("offsetBytes", device.offsetBytes());
    fields.put("sizeLimitBytes", device.sizeLimitBytes());
    fields.put("readOnly", device.readOnly());
    fields.put("directIo", device.directIo().orElse(null));
    fields.put("directIoWords", JsonText.of(device.directIoWords()));
    fields.put("logicalBlockBytes", device.logicalBlockBytes());
    fields.put("diskSequence", JsonText.orNull(device.diskSequence()));
    fields.put("state", JsonText.of(device.state()));
    fields.put("reasonCode", JsonText.of(device.reasonCode()));
    fields.put("reason", JsonText.of(device.reason()));
    fields.put("residentBytes", JsonText.orNull(device.residentBytes()));
    fields.put("residencyErrorBytes", JsonText.orNull(device.residencyErrorBytes()));
    fields.put("unmeasuredBytes", JsonText.orNull(device.unmeasuredBytes()));
    fields.put("dirtyBytes", JsonText.orNull(device.dirtyBytes()));
    fields.put("writebackBytes", JsonText.orNull(device.writebackBytes()));
    fields.put("probe", JsonText.orNull(device.probe()));
    fields.put("foundBy", JsonText.orNull(device.foundBy()));
    fields.put("allowanceBytes", device.allowanceBytes());
    fields.put("fillBytesPerSecond", device.fillBytesPerSecond());
    fields.put("intervalMillis", device.intervalMillis());
    fields.put("releasedBytes", device.releasedBytes());
    fields.put("returnedBytes", device.returnedBytes());
    fields.put("outBytes", device.outBytes());
    fields.put("sweeps", device.sweeps());
    fields.put("secondsSinceSweep", JsonText.orNull(device.secondsSinceSweep()));
    return fields;
  }

  static DeviceStatus parse(JsonFields fields) {
    return new DeviceStatus(
        fields.text("device"),
        fields.text("backingFile"),
        fields.number("sizeBytes"),
        fields.number("offsetBytes"),
        fields.number("sizeLimitBytes"),
        fields.flag("readOnly"),
        fields.optionalFlag("directIo"),
        fields.text("directIoWords"),
        (int) fields.number("logicalBlockBytes"),
        fields.optionalNumber("diskSequence"),
        fields.text("state"),
        fields.text("reasonCode"),
        fields.text("reason"),
        fields.optionalNumber("residentBytes"),
        fields.optionalNumber("residencyErrorBytes"),
        fields.optionalNumber("unmeasuredBytes"),
        fields.optionalNumber("dirtyBytes"),
        fields.optionalNumber("writebackBytes"),
        fields.optionalText("probe"),
        fields.optionalText("foundBy"),
        fields.number("allowanceBytes"),
        fields.number("fillBytesPerSecond"),
        fields.number("intervalMillis"),
        fields.number("releasedBytes"),
        fields.number("returnedBytes"),
        fields.number("outBytes"),
        fields.number("sweeps"),
        fields.optionalNumber("secondsSinceSweep"));
  }
}
