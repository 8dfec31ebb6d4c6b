package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.engine.DeviceReport;
import io.fadvised.pagecache.Residency;
import io.fadvised.status.Reports;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.AttributeNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceBeansTest {
  private static final int MANY = 1000;

  private final MBeanServer server = MBeanServerFactory.newMBeanServer();
  private Optional<DeviceReport[]> reports = Optional.empty();
  private final DeviceBeans devices = new DeviceBeans(server, () -> reports.map(Reports::snapshot));

  @BeforeEach
  void start() {
    devices.start();
  }

  @Test
  void deviceHasOneMBeanWhileItIsAttached() throws JMException {
    attach(Reports.device("loop1"));
    attach(Reports.device("loop10"));
    assertThat(names()).containsExactlyInAnyOrder(name("loop1"), name("loop10"));

    devices.disappeared("loop1");
    devices.disappeared("loop1");
    assertThat(names()).containsExactly(name("loop10"));

    attach(Reports.device("loop10")); // attached again within one scan
    assertThat(names()).containsExactly(name("loop10"));
  }

  @Test
  void attributesHaveTheValuesOfTheLastReport() throws JMException {
    attach(Reports.device("loop3"));
    show(Reports.newDevice("loop2"), Reports.device("loop3"));

    assertThat(values("loop3"))
        .containsOnly(
            Map.entry("State", "managed"),
            Map.entry("Reason", "5 MiB is within the allowance"),
            Map.entry("BackingFile", "/srv/loop3.img"),
            Map.entry("DirectIo", "off"),
            Map.entry("Probe", "cachestat"),
            Map.entry("LastSweep", "2025-03-01T12:00:00Z"),
            Map.entry("SizeBytes", 1L << 30),
            Map.entry("ResidentBytes", 5L << 20),
            Map.entry("ResidencyErrorBytes", 0L),
            Map.entry("UnmeasuredBytes", 0L),
            Map.entry("DirtyBytes", 8192L),
            Map.entry("WritebackBytes", 4096L),
            Map.entry("AllowanceBytes", 8L << 20),
            Map.entry("Payers", ""),
            Map.entry("FillBytesPerSecond", 1000L),
            Map.entry("IntervalMillis", 3000L),
            Map.entry("Sweeps", 4L),
            Map.entry("ReleasedBytes", 600L),
            Map.entry("ReturnedBytes", 60L));
  }

  @Test
  void unknownValueIsNull() throws JMException {
    attach(Reports.newDevice("loop3"));
    assertThat(value("loop3", "State")).isNull();
    assertThat(value("loop3", "Sweeps")).isNull();

    show(Reports.newDevice("loop3"));
    assertThat(value("loop3", "State")).isEqualTo("new");
    assertThat(value("loop3", "DirectIo")).isNull();
    assertThat(value("loop3", "ResidentBytes")).isNull();
    assertThat(value("loop3", "LastSweep")).isNull();

    show(Reports.device("loop3", "/srv/a.img", Residency.ofResident(4096))); // by mincore
    assertThat(value("loop3", "ResidentBytes")).isEqualTo(4096L);
    assertThat(value("loop3", "DirtyBytes")).isNull();
    assertThat(value("loop3", "WritebackBytes")).isNull();
  }

  @Test
  void errorOfAnEstimateIsReported() throws JMException {
    attach(Reports.device("loop3"));
    show(Reports.device("loop3", "/srv/a.img", Reports.ESTIMATED));

    assertThat(value("loop3", "ResidencyErrorBytes")).isEqualTo(1L << 20);
    assertThat(value("loop3", "UnmeasuredBytes")).isEqualTo(1L << 30);
  }

  @Test
  void attributesAreDescribedWithTheirUnits() throws JMException {
    attach(Reports.device("loop3"));

    for (MBeanAttributeInfo attribute : attributes("loop3")) {
      String name = attribute.getName();
      assertThat(attribute.getDescription()).as(name).contains(" ");
      assertThat(attribute.isWritable()).as(name).isFalse();
      if (name.endsWith("Bytes")) {
        assertThat(attribute.getDescription()).as(name).containsIgnoringCase("bytes");
        assertThat(attribute.getType()).as(name).isEqualTo("java.lang.Long");
      }
      if (name.endsWith("Millis")) {
        assertThat(attribute.getDescription()).as(name).contains("milliseconds");
      }
    }
  }

  @Test
  void unknownAttributesAndOperationsAreRejected() throws JMException {
    attach(Reports.device("loop3"));
    ObjectName loop3 = new ObjectName(name("loop3"));

    assertThatExceptionOfType(AttributeNotFoundException.class)
        .isThrownBy(() -> value("loop3", "Value"));
    assertThatExceptionOfType(AttributeNotFoundException.class)
        .isThrownBy(() -> server.setAttribute(loop3, new Attribute("Sweeps", 0L)));
    assertThatExceptionOfType(ReflectionException.class)
        .isThrownBy(() -> server.invoke(loop3, "sweep", null, null));
    assertThat(server.getAttributes(loop3, new String[] {"Value", "State"})).hasSize(1);
  }

  @Test
  void backingFileMayHaveAnyName() throws JMException {
    attach(Reports.device("loop3"));
    show(Reports.device("loop3", "/srv/a,b=\"c\":*?\n\uD83D\uDE00.img", Reports.MEASURED));

    assertThat(value("loop3", "BackingFile")).isEqualTo("/srv/a,b=\"c\":*?\\n\uD83D\uDE00.img");
  }

  @Test
  void thousandDevicesCostLessThanHalfAMegabyte() {
    attach(Reports.device("loop1")); // loads the classes
    String[] names = new String[MANY];
    Arrays.setAll(names, i -> "loop" + (i + 10));
    long before = liveBytes();

    for (String name : names) {
      devices.appeared(Reports.device(name));
    }

    assertThat((liveBytes() - before) / MANY).isLessThan(500);
  }

  private static long liveBytes() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private void attach(DeviceReport report) {
    devices.appeared(report);
  }

  private void show(DeviceReport... devicesNow) {
    reports = Optional.of(devicesNow);
  }

  private static String name(String device) {
    return "io.fadvised:type=Device,device=" + device;
  }

  private Object value(String device, String attribute) throws JMException {
    return server.getAttribute(new ObjectName(name(device)), attribute);
  }

  private MBeanAttributeInfo[] attributes(String device) throws JMException {
    return server.getMBeanInfo(new ObjectName(name(device))).getAttributes();
  }

  private Map<String, Object> values(String device) throws JMException {
    String[] all =
        Arrays.stream(attributes(device)).map(MBeanAttributeInfo::getName).toArray(String[]::new);
    return server.getAttributes(new ObjectName(name(device)), all).asList().stream()
        .collect(Collectors.toMap(Attribute::getName, Attribute::getValue));
  }

  private List<String> names() throws JMException {
    return server.queryNames(new ObjectName("io.fadvised:*"), null).stream()
        .map(ObjectName::toString)
        .toList();
  }
}
