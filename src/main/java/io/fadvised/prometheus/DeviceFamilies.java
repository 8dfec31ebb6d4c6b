package io.fadvised.prometheus;

import io.fadvised.engine.DeviceReport;
import io.fadvised.loop.KubeletVolume;
import io.fadvised.pagecache.Residency;
import io.fadvised.prometheus.Families.Point;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The metrics of devices. Each has the label {@code device} and, if known, {@code mountpoint},
 * {@code pod_uid} and {@code volume}.
 */
final class DeviceFamilies {
  private static final double MILLIS_PER_SECOND = 1e3;

  private final List<Labelled> devices;

  private record Labelled(DeviceReport report, Labels labels) {
    Point point(double value) {
      return new Point(labels, value);
    }
  }

  /**
   * @param mountPoints by device; none of those that are not mounted
   */
  DeviceFamilies(List<DeviceReport> reports, Map<String, String> mountPoints) {
    devices =
        reports.stream().map(report -> new Labelled(report, labels(report, mountPoints))).toList();
  }

  void addTo(Families out) {
    out.info("device", "Backing file of the device, and whether direct I/O is on.", details());
    out.gauges("device_state", "1 for the present state of the device.", states());
    out.gauges(
        "device_size_bytes", "Size of the device.", each(report -> report.device().sizeBytes()));
    residency(out);
    out.gauges(
        "device_allowance_bytes",
        "Maximum lower cache of the device at present.",
        each(DeviceReport::allowanceBytes));
    out.gauges(
        "device_fill_bytes_per_second",
        "Growth of the lower cache of the device.",
        each(report -> report.fill().bytesPerSecond()));
    out.gauges(
        "device_interval_seconds",
        "Time between two sweeps of the device.",
        each(report -> report.interval().toMillis() / MILLIS_PER_SECOND));
    out.gauges("device_last_sweep_timestamp_seconds", "Time of the last sweep.", lastSweeps());
    out.counters(
        "device_sweeps",
        "Sweeps since the device was attached.",
        each(report -> report.totals().sweeps()));
    out.counters(
        "device_released_bytes",
        "Bytes that left the lower cache after evictions since the device was attached.",
        each(report -> report.totals().releasedBytes()));
    out.counters(
        "device_returned_bytes",
        "Released bytes that were read back since the device was attached, estimated.",
        each(report -> report.totals().returnedBytes()));
  }

  private void residency(Families out) {
    out.gauges(
        "device_resident_bytes",
        "Lower cache of the device at its last sweep.",
        measured(residency -> OptionalLong.of(residency.residentBytes())));
    out.gauges(
        "device_resident_error_bytes",
        "Maximum error of the lower cache, 0 if all pages were counted.",
        measured(residency -> OptionalLong.of(residency.errorBytes())));
    out.gauges(
        "device_unmeasured_bytes",
        "Length of the part of the backing file that was estimated from a sample.",
        measured(residency -> OptionalLong.of(residency.unmeasuredBytes())));
    out.gauges(
        "device_dirty_bytes",
        "Lower cache of the device that is not yet written to disk.",
        measured(Residency::dirtyBytes));
    out.gauges(
        "device_writeback_bytes",
        "Lower cache of the device that is being written to disk.",
        measured(Residency::writebackBytes));
  }

  private Stream<Point> each(ToDoubleFunction<DeviceReport> value) {
    return devices.stream().map(device -> device.point(value.applyAsDouble(device.report)));
  }

  private Stream<Point> measured(Function<Residency, OptionalLong> part) {
    return devices.stream()
        .flatMap(
            device ->
                device.report.residency().map(part).stream()
                    .flatMap(bytes -> bytes.stream().mapToObj(device::point)));
  }

  private Stream<Point> lastSweeps() {
    return devices.stream()
        .flatMap(
            device ->
                device.report.lastSweep().stream()
                    .map(at -> device.point(at.toEpochMilli() / MILLIS_PER_SECOND)));
  }

  private Stream<Point> states() {
    return devices.stream()
        .map(device -> new Point(device.labels.add("state", device.report.state().label()), 1));
  }

  private Stream<Labels> details() {
    return devices.stream()
        .map(
            device -> {
              String direct =
                  device.report.device().directIo().map(on -> on ? "on" : "off").orElse("");
              return device
                  .labels
                  .add("backing_file", device.report.device().backingPath().toString())
                  .merge(known("direct_io", direct));
            });
  }

  private static Labels labels(DeviceReport report, Map<String, String> mountPoints) {
    String device = report.device().name();
    Labels labels = Labels.of("device", device);
    String mountPoint = mountPoints.get(device);
    if (mountPoint != null) {
      labels = labels.add("mountpoint", mountPoint);
    }
    Optional<KubeletVolume> volume =
        KubeletVolume.of(device, mountPoints, report.device().backingPath().toString());
    return volume.isEmpty()
        ? labels
        : labels.merge(Labels.of("pod_uid", volume.get().podUid(), "volume", volume.get().name()));
  }

  private static Labels known(String name, String value) {
    return value.isEmpty() ? Labels.EMPTY : Labels.of(name, value);
  }
}
