package io.fadvised.metrics;

import io.fadvised.engine.DeviceReport;
import io.fadvised.pagecache.Residency;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.MBeanInfo;
import javax.management.ReflectionException;
import javax.management.openmbean.OpenMBeanAttributeInfo;
import javax.management.openmbean.OpenMBeanAttributeInfoSupport;
import javax.management.openmbean.OpenMBeanInfoSupport;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * One attached device. Each attribute is computed from the device's last report when it is read,
 * and null if it is unknown. All devices share one description, so that a device costs no more than
 * its registration.
 */
final class DeviceBean implements DynamicMBean {
  private static final List<Column> COLUMNS =
      List.of(
          text("State", "State, such as managed or idle", r -> r.state().label()),
          text("Reason", "Reason of the state, in words", r -> r.reason().words()),
          text("BackingFile", "Path of the backing file", r -> r.device().backingPath().toString()),
          text("DirectIo", "Direct I/O: on or off; null before Linux 4.4", DeviceBean::directIo),
          text("Probe", "System call that measured the file", r -> r.probe().orElse(null)),
          text("LastSweep", "Time of the last sweep, ISO 8601", DeviceBean::lastSweep),
          number("SizeBytes", "Size of the device, in bytes", r -> r.device().sizeBytes()),
          measured(
              "ResidentBytes", "Lower cache at the last sweep, in bytes", Residency::residentBytes),
          measured(
              "ResidencyErrorBytes",
              "Maximum error of ResidentBytes, in bytes; 0 if all pages were counted",
              Residency::errorBytes),
          measured(
              "UnmeasuredBytes",
              "Length of the part that was estimated from a sample, in bytes",
              Residency::unmeasuredBytes),
          counted(
              "DirtyBytes",
              "Lower cache not yet written to disk, in bytes; null with mincore",
              Residency::dirtyBytes),
          counted(
              "WritebackBytes",
              "Lower cache being written to disk, in bytes; null with mincore",
              Residency::writebackBytes),
          number(
              "AllowanceBytes",
              "Maximum lower cache at present, in bytes",
              DeviceReport::allowanceBytes),
          text(
              "Payers",
              "Paths of the cgroups at their limits that are charged for the lower cache",
              r -> String.join(", ", r.payers())),
          number(
              "FillBytesPerSecond",
              "Growth of the lower cache, in bytes per second",
              r -> (long) r.fill().bytesPerSecond()),
          number(
              "IntervalMillis",
              "Time between two sweeps, in milliseconds",
              r -> r.interval().toMillis()),
          number("Sweeps", "Sweeps since the device was attached", r -> r.totals().sweeps()),
          number(
              "ReleasedBytes",
              "Bytes that left the lower cache after evictions since the device was attached",
              r -> r.totals().releasedBytes()),
          number(
              "ReturnedBytes",
              "Released bytes that were read back since the device was attached, estimated",
              r -> r.totals().returnedBytes()));

  private static final Map<String, Column> BY_NAME =
      COLUMNS.stream().collect(Collectors.toMap(Column::name, column -> column));

  private static final MBeanInfo INFO =
      new OpenMBeanInfoSupport(
          DeviceBean.class.getName(),
          "A loop device as of its last sweep",
          COLUMNS.stream().map(Column::info).toArray(OpenMBeanAttributeInfo[]::new),
          null,
          null,
          null);

  private final String device;
  private final DeviceBeans devices;

  /** An attribute: its name, its description, and its value in a report. */
  private record Column(
      String name,
      String description,
      SimpleType<?> type,
      Function<DeviceReport, @Nullable Object> value) {
    OpenMBeanAttributeInfo info() {
      return new OpenMBeanAttributeInfoSupport(name, description, type, true, false, false);
    }
  }

  DeviceBean(String device, DeviceBeans devices) {
    this.device = device;
    this.devices = devices;
  }

  @Override
  public @Nullable Object getAttribute(String name) throws AttributeNotFoundException {
    Column column = BY_NAME.get(name);
    if (column == null) {
      throw new AttributeNotFoundException("a device has no attribute " + name);
    }
    return value(column, devices.report(device));
  }

  /** Leaves out names that no attribute has, as a {@link DynamicMBean} has to. */
  @Override
  public AttributeList getAttributes(String[] names) {
    Optional<DeviceReport> report = devices.report(device);
    AttributeList values = new AttributeList();
    Arrays.stream(names)
        .map(BY_NAME::get)
        .filter(column -> column != null)
        .forEach(column -> values.add(new Attribute(column.name, value(column, report))));
    return values;
  }

  @Override
  public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
    throw new AttributeNotFoundException("attributes of a device are read-only");
  }

  @Override
  public AttributeList setAttributes(AttributeList attributes) {
    return new AttributeList();
  }

  @Override
  public Object invoke(String name, Object[] parameters, String[] signature)
      throws ReflectionException {
    throw new ReflectionException(new NoSuchMethodException(name), "a device has no operations");
  }

  @Override
  public MBeanInfo getMBeanInfo() {
    return INFO;
  }

  private static @Nullable Object value(Column column, Optional<DeviceReport> report) {
    return report.isEmpty() ? null : column.value.apply(report.get());
  }

  private static @Nullable String directIo(DeviceReport report) {
    return report.device().directIo().map(on -> on ? "on" : "off").orElse(null);
  }

  private static @Nullable String lastSweep(DeviceReport report) {
    return report.lastSweep().map(Object::toString).orElse(null);
  }

  private static Column text(
      String name, String description, Function<DeviceReport, @Nullable Object> value) {
    return new Column(name, description, SimpleType.STRING, value);
  }

  private static Column number(
      String name, String description, ToLongFunction<DeviceReport> value) {
    return new Column(name, description, SimpleType.LONG, value::applyAsLong);
  }

  /** A part of the residency; null if it was not measured. */
  private static Column measured(String name, String description, ToLongFunction<Residency> part) {
    return counted(name, description, residency -> OptionalLong.of(part.applyAsLong(residency)));
  }

  /** A part of the residency that not every measurement has. */
  private static Column counted(
      String name, String description, Function<Residency, OptionalLong> part) {
    return new Column(
        name,
        description,
        SimpleType.LONG,
        report -> {
          OptionalLong bytes = report.residency().map(part).orElse(OptionalLong.empty());
          return bytes.isPresent() ? bytes.getAsLong() : null;
        });
  }
}
