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
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The metrics of devices. Each has the label {@code device} and, if known, {@code mountpoint},
 * {@code pod_uid} and {@code volume}.
 */
final class DeviceFamilies {
  private static final double MILLIS_PER_SECOND = 1e3;

  /** Devices whose values are held at a time: few enough to be garbage before a collection. */
  private static final int PART = 100;

  private final List<Labelled> devices;

  private record Labelled(DeviceReport report, Labels labels) {
    Point point(double value) {
      return new Point(labels, value);
    }

    Labels details() {
      String direct = report.device().directIo().map(on -> on ? "on" : "off").orElse("");
      return labels
          .add("backing_file", report.device().backingPath().toString())
          .merge(known("direct_io", direct));
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
    out.infoInParts(
        "device", "Backing file of the device, and whether direct I/O is on.", details());
    out.gaugesInParts("device_state", "1 for the present state of the device.", states());
    out.gaugesInParts(
        "device_size_bytes", "Size of the device.", each(report -> report.device().sizeBytes()));
    residency(out);
    out.gaugesInParts(
        "device_allowance_bytes",
        "Maximum lower cache of the device at present.",
        each(DeviceReport::allowanceBytes));
    out.gaugesInParts(
        "device_fill_bytes_per_second",
        "Growth of the lower cache of the device.",
        each(report -> report.fill().bytesPerSecond()));
    out.gaugesInParts(
        "device_interval_seconds",
        "Time between two sweeps of the device.",
        each(report -> report.interval().toMillis() / MILLIS_PER_SECOND));
    out.gaugesInParts(
        "device_last_sweep_timestamp_seconds", "Time of the last sweep.", lastSweeps());
    out.countersInParts(
        "device_sweeps",
        "Sweeps since the device was attached.",
        each(report -> report.totals().sweeps()));
    out.countersInParts(
        "device_released_bytes",
        "Bytes that left the lower cache after evictions since the device was attached.",
        each(report -> report.totals().releasedBytes()));
    out.countersInParts(
        "device_returned_bytes",
        "Released bytes that were read back since the device was attached, estimated.",
        each(report -> report.totals().returnedBytes()));
  }

  private void residency(Families out) {
    out.gaugesInParts(
        "device_resident_bytes",
        "Lower cache of the device at its last sweep.",
        measured(residency -> OptionalLong.of(residency.residentBytes())));
    out.gaugesInParts(
        "device_resident_error_bytes",
        "Maximum error of the lower cache, 0 if all pages were counted.",
        measured(residency -> OptionalLong.of(residency.errorBytes())));
    out.gaugesInParts(
        "device_unmeasured_bytes",
        "Length of the part of the backing file that was estimated from a sample.",
        measured(residency -> OptionalLong.of(residency.unmeasuredBytes())));
    out.gaugesInParts(
        "device_dirty_bytes",
        "Lower cache of the device that is not yet written to disk.",
        measured(Residency::dirtyBytes));
    out.gaugesInParts(
        "device_writeback_bytes",
        "Lower cache of the device that is being written to disk.",
        measured(Residency::writebackBytes));
  }

  private <T> Stream<Stream<T>> inParts(Function<Stream<Labelled>, Stream<T>> part) {
    return IntStream.iterate(0, from -> from < devices.size(), from -> from + PART)
        .mapToObj(from -> devices.subList(from, Math.min(from + PART, devices.size())).stream())
        .map(part);
  }

  private Stream<Stream<Point>> each(ToDoubleFunction<DeviceReport> value) {
    return inParts(part -> part.map(device -> device.point(value.applyAsDouble(device.report))));
  }

  private Stream<Stream<Point>> measured(Function<Residency, OptionalLong> figure) {
    return inParts(
        part ->
            part.mapMulti(
                (device, points) ->
                    device
                        .report
                        .residency()
                        .map(figure)
                        .ifPresent(
                            known ->
                                known.ifPresent(
                                    bytes -> points.accept(device.point((double) bytes))))));
  }

  private Stream<Stream<Point>> lastSweeps() {
    return inParts(
        part ->
            part.mapMulti(
                (device, points) ->
                    device
                        .report
                        .lastSweep()
                        .ifPresent(
                            at ->
                                points.accept(
                                    device.point(at.toEpochMilli() / MILLIS_PER_SECOND)))));
  }

  private Stream<Stream<Point>> states() {
    return inParts(
        part ->
            part.map(
                device -> new Point(device.labels.add("state", device.report.state().label()), 1)));
  }

  private Stream<Stream<Labels>> details() {
    return inParts(part -> part.map(Labelled::details));
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
