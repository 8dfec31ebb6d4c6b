package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fadvised.config.SettingsLoader;
import io.fadvised.control.Orders;
import io.fadvised.control.Reload;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import io.fadvised.engine.TestHost;
import io.fadvised.json.JsonText;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class ControlTest {
  private static final Instance INSTANCE =
      new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.of("/etc/fadvised/fadvised.conf"));

  @RegisterExtension final TestHost host = new TestHost();
  private EngineLoop loop;
  private Control control;

  @BeforeEach
  void attachTwoDevices() {
    host.attach("loop3", "/srv/a \"b\".img", TestHost.MIB);
    host.attach("loop10", "/srv/c.img", TestHost.MIB);
    control = controlOf(host.start());
  }

  @AfterEach
  void stop() throws InterruptedException {
    assertThat(loop.stop(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void attributesDescribeTheRunningDaemon() {
    assertThat(control.getVersion()).isEqualTo("1.2.3");
    assertThat(control.getPid()).isEqualTo(42);
    assertThat(control.getStartedAt()).isEqualTo("2025-03-01T12:00:00Z");
    assertThat(control.getConfigFile()).isEqualTo("/etc/fadvised/fadvised.conf");
    assertThat(control.getSettings()).containsExactly("dry-run = false  # default");
    assertThat(control.getState()).isEqualTo("running");
    assertThat(control.isDryRun()).isFalse();
  }

  @Test
  void statusShowsTheIoSinceTheLastSweep() {
    loop.start();
    control.sweepNow();
    host.clock().advance(Duration.ofMillis(1));
    host.read("loop3", 0, TestHost.MIB / 2);

    HostStatus status = JsonText.parse(HostStatus.class, control.status());

    assertThat(status.residentBytes()).isEqualTo(TestHost.MIB / 2);
    assertThat(status.residentIsLowerBound()).isFalse();
    assertThat(status.devices().get(0).residentBytes()).hasValue(TestHost.MIB / 2);
    assertThat(status.devices().get(0).measuredSinceSweep()).isTrue();
  }

  @Test
  void sweepNowSweepsAllDevicesAndReportsTheResult() {
    loop.start();

    assertThat(control.sweepNow()).matches("swept 2 devices in \\d+ ms, released 0 B");
    assertThat(control.sweepNow()).startsWith("swept 2 devices");
    assertThat(control.getDevices()).hasSize(2);
    assertThat(control.getDevices()[0]).isEqualTo("loop3: managed, 0 B resident");
  }

  @Test
  void pauseAndResumeChangeTheStateAtOnce() {
    loop.start();

    assertThat(control.pause()).startsWith("paused");
    assertThat(control.getState()).isEqualTo("paused");
    assertThatIllegalStateException()
        .isThrownBy(control::sweepNow)
        .withMessage("sweep failed: sweeps are paused; resume first")
        .withNoCause();
    assertThat(control.resume()).isEqualTo("resumed");
    assertThat(control.getState()).isEqualTo("running");
  }

  @Test
  void statusHasTheStateOfTheEngine() {
    loop.start();
    control.sweepNow();
    control.pause();

    HostStatus status = JsonText.parse(HostStatus.class, control.status());

    assertThat(status.daemon()).contains(INSTANCE);
    assertThat(status.paused()).isTrue();
    assertThat(status.memoryBytes()).hasValue(TestHost.MEMORY_BYTES);
    assertThat(status.devices()).extracting("device").containsExactly("loop3", "loop10");
    assertThat(status.devices().get(0).backingFile()).isEqualTo("/srv/a \"b\".img");
  }

  @Test
  void reloadReturnsItsResult() {
    assertThat(control.reload()).isEqualTo("reloaded");
  }

  @Test
  void invalidConfigurationIsRejectedWithItsProblems() throws Exception {
    control =
        controlOf(
            host.start(),
            () -> {
              SettingsLoader.load(Optional.empty(), List.of("budget.relaxed=nothing"));
              return "";
            });

    assertThatIllegalArgumentException()
        .isThrownBy(control::reload)
        .withMessageContaining("budget.relaxed")
        .withNoCause();
  }

  @Test
  void commandTimesOutIfTheEngineIsBusy() throws Exception {
    control = controlOf(host.start(), () -> "", Duration.ofMillis(10));
    CountDownLatch busy = new CountDownLatch(1);
    loop.start();
    loop.execute(
        () -> {
          try {
            busy.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });

    assertThatIllegalStateException()
        .isThrownBy(control::pause)
        .withMessage("pause did not finish within 0 s and may still run");
    busy.countDown();
  }

  @Test
  void controlWorksThroughAnMxBeanProxy() throws Exception {
    loop.start();
    MBeanServer server = MBeanServerFactory.newMBeanServer();
    ObjectName name = new ObjectName(ControlMXBean.NAME);
    server.registerMBean(control, name);
    ControlMXBean client = JMX.newMXBeanProxy(server, name, ControlMXBean.class);

    assertThat(client.sweepNow()).startsWith("swept 2 devices");
    assertThat(client.getDevices()).hasSize(2);
    client.pause();
    Throwable refusal = catchThrowable(client::sweepNow);
    // Java 17's proxy wraps what the MBean threw, 25's does not
    assertThat(refusal instanceof RuntimeMBeanException ? refusal.getCause() : refusal)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("sweep failed: sweeps are paused; resume first");
  }

  private Control controlOf(Engine engine) {
    return controlOf(engine, () -> "reloaded");
  }

  private Control controlOf(Engine engine, Reload reload) {
    return controlOf(engine, reload, Duration.ofSeconds(30));
  }

  private Control controlOf(Engine engine, Reload reload, Duration timeout) {
    loop = new EngineLoop(engine);
    Orders orders =
        new Orders(
            engine,
            loop,
            Clock.system(),
            INSTANCE,
            reload,
            metrics -> Collections.emptyIterator(),
            null);
    return new Control(
        engine,
        orders,
        INSTANCE,
        () -> List.of("dry-run = false  # default"),
        new LoopMountPoints(Path.of("/nowhere"), Path.of("/nowhere")),
        timeout);
  }
}
