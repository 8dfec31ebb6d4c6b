package io.fadvised.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.fadvised.engine.DeviceReport;
import io.fadvised.pagecache.Residency;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The gauges of each device. They read the last report when they are read themselves. Unknown
 * values are -1 or "unknown".
 */
final class DeviceGauges {
  private static final long UNKNOWN_NUMBER = -1;
  private static final String UNKNOWN_TEXT = "unknown";

  private static final List<Attribute> ATTRIBUTES =
      List.of(
          number("resident-bytes", report -> residency(report, DeviceGauges::resident)),
          number("residency-error-bytes", report -> residency(report, DeviceGauges::error)),
          number("unmeasured-bytes", report -> residency(report, DeviceGauges::unmeasured)),
          number("dirty-bytes", report -> residency(report, Residency::dirtyBytes)),
          number("writeback-bytes", report -> residency(report, Residency::writebackBytes)),
          count("released-bytes", report -> report.totals().releasedBytes()),
          count("returned-bytes", report -> report.totals().returnedBytes()),
          number("allowance-bytes", DeviceReport::allowanceBytes),
          number("fill-bytes-per-second", report -> (long) report.fill().bytesPerSecond()),
          number("interval-millis", report -> report.interval().toMillis()),
          count("sweeps", report -> report.totals().sweeps()),
          text("state", report -> report.state().label()),
          text("reason", report -> report.reason().words()),
          text("backing-file", report -> report.device().backingPath().toString()),
          text("direct-io", report -> onOff(report.device().directIo())));

  private final MetricRegistry registry;
  private final Function<String, Optional<DeviceReport>> reports;

  /** An attribute of a report, and its value if there is no report. */
  private record Attribute(String name, Object unknown, Function<DeviceReport, Object> value) {}

  /**
   * @param reports returns the last report of a device; empty if there is none yet
   */
  DeviceGauges(MetricRegistry registry, Function<String, Optional<DeviceReport>> reports) {
    this.registry = registry;
    this.reports = reports;
  }

  /** Registers the gauges of a device; replaces existing ones. */
  void add(String device) {
    remove(device);
    ATTRIBUTES.forEach(
        attribute ->
            registry.register(
                MetricNames.device(device, attribute.name), gauge(device, attribute)));
  }

  /** Removes the gauges of a device, if there are any. */
  void remove(String device) {
    ATTRIBUTES.forEach(attribute -> registry.remove(MetricNames.device(device, attribute.name)));
  }

  private Gauge<Object> gauge(String device, Attribute attribute) {
    return () -> reports.apply(device).map(attribute.value).orElse(attribute.unknown);
  }

  private static Attribute number(String name, ToLongFunction<DeviceReport> value) {
    return new Attribute(name, UNKNOWN_NUMBER, value::applyAsLong);
  }

  /** A counter. */
  private static Attribute count(String name, ToLongFunction<DeviceReport> value) {
    return new Attribute(name, 0L, value::applyAsLong);
  }

  private static Attribute text(String name, Function<DeviceReport, String> value) {
    return new Attribute(name, UNKNOWN_TEXT, value::apply);
  }

  private static long residency(DeviceReport report, Function<Residency, OptionalLong> part) {
    return report.residency().map(part).orElse(OptionalLong.empty()).orElse(UNKNOWN_NUMBER);
  }

  private static OptionalLong resident(Residency residency) {
    return OptionalLong.of(residency.residentBytes());
  }

  private static OptionalLong error(Residency residency) {
    return OptionalLong.of(residency.errorBytes());
  }

  private static OptionalLong unmeasured(Residency residency) {
    return OptionalLong.of(residency.unmeasuredBytes());
  }

  private static String onOff(Optional<Boolean> directIo) {
    return directIo.map(on -> on ? "on" : "off").orElse(UNKNOWN_TEXT);
  }
}
