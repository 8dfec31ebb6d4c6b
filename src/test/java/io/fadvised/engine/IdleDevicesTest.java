package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdleDevicesTest {
  @RegisterExtension final TestHost host = new TestHost();

  private FakeFile attachUncounted(String loop, long residentBytes) {
    return host.attachRead(loop, 0).read(0, residentBytes);
  }

  @Test
  void quietHostIsTickedEveryFiveSecondsOrMaxInterval() {
    host.attachRead("loop0", MIB);
    host.start();
    host.tick();
    assertThat(host.tickAfterSeconds(1)).hasSeconds(5);

    host.start("interval.min=100ms", "interval.max=300ms");
    host.tick();
    assertThat(host.tickAfterSeconds(1)).hasMillis(300);
  }

  @Test
  void idleDeviceIsMeasuredOncePerMaxInterval() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start();
    host.tick();

    host.run(Duration.ofMinutes(10));

    assertThat(host.heard().sweepsOf("loop0")).hasSizeBetween(9, 11);
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.IDLE);
    assertThat(host.report("loop0").residency().orElseThrow().residentBytes()).isEqualTo(10 * MIB);
    assertThat(host.heard().changed)
        .filteredOn(report -> report.state() == DeviceState.IDLE)
        .hasSize(2);

    file.read(100 * MIB, 300 * MIB); // by a backup, past the device
    host.runSeconds(65);

    assertThat(file.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void reportsOfUnchangedDevicesAreKept() {
    host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start("interval.max=1h");
    host.runSeconds(10);
    EngineSnapshot before = host.engine().snapshot();

    host.runSeconds(10);
    assertThat(host.engine().snapshot().devices()).isSameAs(before.devices());

    host.read("loop1", 0, 100 * MIB);
    host.runSeconds(10);
    assertThat(host.engine().snapshot().devices()).isNotEqualTo(before.devices());
  }

  @Test
  void hundredsOfIdleDevicesAreMeasuredInTurnForAHundredthOfTheTime() {
    for (int i = 0; i < 100; i++) {
      host.attachRead("loop" + i, MIB);
    }
    host.kernel().before("cachestat", made -> host.clock().advance(Duration.ofMillis(10)));
    host.start("interval.max=1s");
    host.runSeconds(20);
    int before = host.heard().swept.size();

    host.runSeconds(200);

    List<SweepReport> later = host.heard().swept.subList(before, host.heard().swept.size());
    assertThat(later).hasSizeBetween(100, 220);
    assertThat(later.stream().map(SweepReport::device).distinct()).hasSize(100);
  }

  @Test
  void busyDeviceIsSweptAtItsIntervalBesideHundredsOfIdleOnes() {
    for (int i = 0; i < 100; i++) {
      host.attachRead("loop" + i, MIB);
    }
    host.kernel().before("cachestat", made -> host.clock().advance(Duration.ofMillis(10)));
    host.start("interval.max=1s");
    host.runSeconds(20);
    int before = host.heard().sweepsOf("loop7").size();

    for (int second = 0; second < 30; second++) {
      host.read("loop7", second * MIB, MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(host.heard().sweepsOf("loop7").size() - before).isGreaterThan(25);
  }

  @Test
  void idleDeviceIsMeasuredWhenMemoryBecomesShort() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.runSeconds(20);
    file.read(100 * MIB, 300 * MIB);

    host.setAvailable(0.05);
    host.runSeconds(2);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void deviceWithIoIsMeasuredAgain() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.run(Duration.ofMinutes(3));
    int before = host.heard().swept.size();

    host.read("loop0", 20 * MIB, MIB);
    host.run(Duration.ofMinutes(2));

    assertThat(host.heard().swept.size()).isGreaterThan(before);
    assertThat(host.report("loop0").residency().orElseThrow().residentBytes()).isEqualTo(11 * MIB);
  }

  @Test
  void deviceIsBusyWhereTheKernelCountsForNoDevice() {
    attachUncounted("loop0", 10 * MIB);
    host.start();

    host.run(Duration.ofMinutes(5));

    assertThat(host.heard().swept.size()).isGreaterThanOrEqualTo(5);
    assertThat(host.heard().skipped).isEmpty();
  }

  @Test
  void deviceIsIdleWhereTheKernelCountsForAnother() {
    attachUncounted("loop0", 10 * MIB);
    host.attachRead("loop1", MIB);
    host.start();

    host.run(Duration.ofMinutes(5));

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.IDLE);
  }

  @Test
  void deviceWithoutIostatsIsBusy() {
    host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", MIB);
    host.sys().set("loop0", "queue/iostats", "0");
    host.sys().set("loop1", "queue/iostats", "1");
    host.start();

    host.run(Duration.ofMinutes(5));

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.IDLE);
  }

  @Test
  void uncountedDeviceIsSweptLikeABusyOneWhileMemoryIsShort() {
    FakeFile file = host.attachRead("loop0", MIB);
    host.sys().set("loop0", "queue/iostats", "0");
    host.start();
    host.run(Duration.ofMinutes(2)); // quiet
    host.setAvailable(0.05);
    host.runSeconds(2);
    file.read(0, 300 * MIB);

    host.runSeconds(2);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void everyDeviceIsBusyWhileCountersAreUnreadable() {
    host.attachRead("loop0", 10 * MIB);
    host.start();
    host.run(Duration.ofMinutes(2));
    int before = host.heard().swept.size();
    host.removeProc("diskstats");

    host.run(Duration.ofMinutes(5));

    assertThat(host.heard().swept.size()).isGreaterThanOrEqualTo(before + 4);
    assertThat(host.heard().problems).anyMatch(text -> text.startsWith("I/O counters unreadable"));
  }
}
