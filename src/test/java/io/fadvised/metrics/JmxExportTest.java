package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.status.Reports;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JmxExportTest {
  private final MBeanServer server = MBeanServerFactory.newMBeanServer();
  private final MetricRegistry registry = new MetricRegistry();
  private final EngineMetrics metrics = new EngineMetrics(registry);
  private final DeviceBeans devices = new DeviceBeans(server, metrics::snapshot);
  private final JmxExport export = new JmxExport(server, registry, devices, new FakeControl());

  @AfterEach
  void close() {
    export.close();
  }

  @Test
  void controlAndMetricsAreExported() throws JMException {
    metrics.called("mincore", 2000);
    export.start();
    metrics.ticked(Reports.snapshot());

    assertThat(attribute(ControlMXBean.NAME, "Version")).isEqualTo("1.2.3");
    assertThat(attribute("io.fadvised:type=Host,name=pressure", "Value")).isEqualTo(0.25);
    assertThat(attribute("io.fadvised:type=SystemCall,name=mincore", "Max")).isEqualTo(2.0);
    assertThat(attribute("io.fadvised:type=SystemCall,name=mincore", "DurationUnit"))
        .isEqualTo("microseconds");
    assertThat(attribute("io.fadvised:type=Skipped,name=within-allowance", "Count")).isEqualTo(0L);
  }

  @Test
  void attributesAndOperationsOfControlAreDescribed() throws JMException {
    export.start();
    MBeanInfo info = server.getMBeanInfo(new ObjectName(ControlMXBean.NAME));

    assertThat(info.getDescription()).contains(" ");
    assertThat(info.getAttributes())
        .hasSize(8)
        .allSatisfy(attribute -> assertThat(attribute.getDescription()).contains(" "));
    assertThat(info.getOperations())
        .hasSize(5)
        .allSatisfy(
            operation -> {
              assertThat(operation.getDescription()).contains(" ");
              assertThat(operation.getImpact())
                  .as(operation.getName())
                  .isEqualTo(
                      operation.getName().equals("status")
                          ? MBeanOperationInfo.INFO
                          : MBeanOperationInfo.ACTION);
            });
    assertThat(server.invoke(new ObjectName(ControlMXBean.NAME), "pause", null, null))
        .isEqualTo("paused");
  }

  @Test
  void nothingIsLeftAfterClose() {
    export.start();
    export.start();
    devices.appeared(Reports.device("loop3"));
    assertThat(names()).hasSizeGreaterThan(20).contains("io.fadvised:type=Device,device=loop3");

    export.close();
    export.close();
    devices.appeared(Reports.device("loop4"));

    assertThat(names()).isEmpty();
  }

  @Test
  void closedExportCanBeStartedAgain() {
    export.start();
    devices.appeared(Reports.device("loop3"));
    metrics.ticked(Reports.snapshot(Reports.device("loop3")));
    Set<String> before = names();
    export.close();

    export.start();

    assertThat(names()).isEqualTo(before);
  }

  @Test
  void secondDaemonInOneProcessIsRejected() {
    export.start();
    JmxExport second = new JmxExport(server, new MetricRegistry(), devices, new FakeControl());

    assertThatIllegalStateException()
        .isThrownBy(second::start)
        .withMessageContaining(ControlMXBean.NAME);
    second.close();

    assertThat(names()).contains(ControlMXBean.NAME);
  }

  private Object attribute(String name, String attribute) throws JMException {
    return server.getAttribute(new ObjectName(name), attribute);
  }

  private Set<String> names() {
    try {
      return server.queryNames(new ObjectName("io.fadvised:*"), null).stream()
          .map(ObjectName::toString)
          .collect(Collectors.toSet());
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }
}
