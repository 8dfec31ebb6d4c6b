package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.status.Reports;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JmxExportTest {
  private final MBeanServer server = MBeanServerFactory.newMBeanServer();
  private final MetricRegistry registry = new MetricRegistry();
  private final EngineMetrics metrics = new EngineMetrics(registry);
  private final JmxExport export = new JmxExport(server, registry, new FakeControl());

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
  void deviceIsExportedWhileItIsAttached() throws JMException {
    export.start();
    String state = "io.fadvised:type=Device,device=loop3,name=state";

    metrics.appeared(Reports.device("loop3"));
    metrics.ticked(Reports.snapshot(Reports.device("loop3")));
    assertThat(attribute(state, "Value")).isEqualTo("managed");

    metrics.disappeared("loop3");
    metrics.ticked(Reports.snapshot());
    assertThat(names()).noneMatch(name -> name.contains("loop3"));

    metrics.appeared(Reports.newDevice("loop3"));
    metrics.ticked(Reports.snapshot(Reports.newDevice("loop3")));
    assertThat(attribute(state, "Value")).isEqualTo("new");

    metrics.disappeared("loop3"); // attached again within one scan
    metrics.appeared(Reports.device("loop3"));
    metrics.ticked(Reports.snapshot(Reports.device("loop3")));
    assertThat(attribute(state, "Value")).isEqualTo("managed");
  }

  @Test
  void backingFileMayHaveAnyName() throws JMException {
    export.start();
    String path = "/srv/a,b=\"c\":*?\n\uD83D\uDE00.img";
    metrics.appeared(Reports.device("loop3", path, Reports.MEASURED));
    metrics.ticked(Reports.snapshot(Reports.device("loop3", path, Reports.MEASURED)));

    assertThat(attribute("io.fadvised:type=Device,device=loop3,name=backing-file", "Value"))
        .isEqualTo("/srv/a,b=\"c\":*?\\n\uD83D\uDE00.img");
  }

  @Test
  void nothingIsLeftAfterClose() {
    metrics.appeared(Reports.device("loop3"));
    export.start();
    export.start();
    assertThat(names()).hasSizeGreaterThan(20);

    export.close();
    export.close();
    metrics.appeared(Reports.device("loop4"));

    assertThat(names()).isEmpty();
  }

  @Test
  void closedExportCanBeStartedAgain() {
    metrics.appeared(Reports.device("loop3"));
    export.start();
    Set<String> before = names();
    export.close();

    export.start();

    assertThat(names()).isEqualTo(before);
  }

  @Test
  void secondDaemonInOneProcessIsRejected() {
    export.start();
    JmxExport second = new JmxExport(server, new MetricRegistry(), new FakeControl());

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
