package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FileIdentity;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Storage that stops responding, and its cost to other devices. */
class HungStorageTest {
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  @RegisterExtension final TestHost host = new TestHost();
  private FakeFile well;
  private FakeFile hung;

  /** Two devices on two filesystems, swept once. */
  @BeforeEach
  void prepare() {
    well = host.attachRead("loop0", 0);
    hung = attachOnBtrfs("loop1");
    host.start();
    host.tick();
  }

  private FakeFile attachOnBtrfs(String loop) {
    return host.attach(loop, "/btrfs/" + loop + ".img", TestHost.GIB);
  }

  /** Makes the device due by I/O; its sweep hangs. */
  private void hangLoop1() {
    host.read("loop1", 0, 100 * MIB);
    host.hangIn("locate");
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
  }

  private void stopWhileLoop1Hangs() {
    host.hangIn("locate");
    host.clock().advance(Duration.ofSeconds(1));
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(host.engine()::tick);
  }

  private List<String> quarantined() {
    return host.heard().changed.stream()
        .filter(device -> device.state() == DeviceState.QUARANTINED)
        .map(device -> device.device().name())
        .toList();
  }

  @Test
  void otherDevicesAreSweptWhileOneHangs() {
    hangLoop1();

    for (int second = 0; second < 60; second++) {
      host.read("loop0", 0, 100 * MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(host.report("loop1").reason().words())
        .isEqualTo(
            "not responding for 62 s while opening its backing file, skipped until it responds");
    assertThat(host.snapshot().hung()).isEqualTo(new SweepRunner.Totals(1, 1));
    assertThat(quarantined()).as("reported once").containsExactly("loop1");
    assertThat(host.heard().sweepsOf("loop0")).hasSizeGreaterThan(50);
    assertThat(well.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void deviceIsSweptAgainAfterItsStorageResponds() {
    hangLoop1();
    host.run(A_MINUTE);
    int sweeps = host.heard().sweepsOf("loop1").size();

    host.answer();
    host.tickAfterSeconds(1);

    assertThat(host.heard().sweepsOf("loop1").get(sweeps).reason().code()) // the late one
        .isEqualTo(Reason.Code.OVER_ALLOWANCE);
    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
    assertThat(host.snapshot().hung()).isEqualTo(new SweepRunner.Totals(0, 1));
    host.read("loop1", 0, 100 * MIB);
    host.run(A_MINUTE);
    assertThat(hung.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void stuckDeviceOnAHungFilesystemIsTriedEveryFiveSecondsUnderPressure() {
    attachOnBtrfs("loop2").map(0, 100 * MIB);
    host.count("loop2", 100 * MIB, 0);
    host.engine().requestRescan();
    host.runSeconds(10);
    assertThat(host.report("loop2").reason().words())
        .endsWith("100 MiB stayed (mapped, in use or new)");
    hangLoop1();

    host.setAvailable(0.05);
    host.engine().makeAllDue();
    int ticks = host.runSeconds(20);

    assertThat(host.report("loop2").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(ticks).isLessThan(30);
  }

  @Test
  void lateSweepAdvisesNothingAndItsReportIsTakenOver() {
    hangLoop1();
    int advised = host.adviceCalls();

    host.answer();
    assertThat(host.adviceCalls()).isEqualTo(advised);
    host.engine().setPaused(true);
    host.tickAfterSeconds(1);

    assertThat(host.adviceCalls()).isEqualTo(advised);
    assertThat(hung.residentBytes()).isEqualTo(100 * MIB);
    DeviceReport report = host.report("loop1");
    assertThat(report.state()).isEqualTo(DeviceState.MANAGED);
    assertThat(report.residency().orElseThrow().residentBytes()).isEqualTo(100 * MIB);
    assertThat(report.totals().sweeps()).isEqualTo(2);
    assertThat(report.totals().evictions()).isZero();

    host.engine().setPaused(false);
    host.tickAfterSeconds(1);
    assertThat(hung.residentBytes()).isZero();
  }

  @Test
  void sweepThatHangsInAnAdviceAdvisesNothingAfterIt() {
    host.read("loop1", 0, TestHost.GIB); // eight calls
    host.hangIn("posix_fadvise");
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").reason().words()).contains("while evicting");
    assertThat(host.adviceCalls()).isEqualTo(1);

    host.answer();
    assertThat(host.adviceCalls()).isEqualTo(1);
    host.runSeconds(10);

    assertThat(hung.residentBytes()).isZero();
    assertThat(host.report("loop1").totals().releasedBytes()).isEqualTo(TestHost.GIB);
  }

  @Test
  void totalsOfAHungDeviceStay() {
    host.read("loop1", 0, 100 * MIB);
    host.tickAfterSeconds(1);
    DeviceTotals before = host.report("loop1").totals();

    hangLoop1();

    assertThat(before.releasedBytes()).isPositive();
    assertThat(host.report("loop1").totals()).isEqualTo(before);
    assertThat(host.snapshot().totals().releasedBytes())
        .isGreaterThanOrEqualTo(before.releasedBytes());
  }

  @Test
  void devicesOnTheFilesystemOfAHungOneWaitForIt() {
    FakeFile neighbour = attachOnBtrfs("loop2");
    host.tickAfterSeconds(31); // found, and swept
    hangLoop1();

    host.read("loop2", 0, 100 * MIB);
    host.tickAfterSeconds(1);

    assertThat(host.report("loop2").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(host.report("loop2").reason().words()).contains("on the filesystem of loop1");
    assertThat(quarantined()).containsExactly("loop1", "loop2");
    host.tickAfterSeconds(1);
    assertThat(host.heard().skipped).as("once in five seconds").containsOnlyOnce("loop2");
    assertThat(host.snapshot().hung().abandoned()).isEqualTo(1);

    host.answer();
    host.tickAfterSeconds(1);
    host.tickAfterSeconds(1);
    assertThat(host.report("loop2").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(neighbour.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void hangOnANewMountIsNotBlamedOnTheFilesystemBelowIt() {
    host.mount("/tenant", FileIdentity.encodeDevice(0, 100), "fuse", "tenant");
    host.attach("loop2", "/tenant/img", TestHost.GIB);
    host.engine().requestRescan();
    host.hangIn("locate");
    host.tickAfter(Duration.ofMillis(300)); // the mount table is read once a second
    assertThat(quarantined()).containsExactly("loop2");

    host.read("loop0", 0, 100 * MIB);
    host.tickAfterSeconds(1);

    assertThat(quarantined()).containsExactly("loop2");
    assertThat(well.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void hungDeviceThatIsDetachedIsForgotten() {
    hangLoop1();

    host.detach("loop1");
    host.engine().requestRescan();
    host.tickAfterSeconds(1);
    host.answer();
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().devices())
        .extracting(device -> device.device().name())
        .containsExactly("loop0");
    assertThat(host.snapshot().hung()).isEqualTo(new SweepRunner.Totals(0, 1));
  }

  @Test
  void newSettingsApplyToAHungDevice() {
    hangLoop1();

    host.engine().apply(TestHost.settings("devices.exclude=[loop1]"));
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.EXCLUDED);
    host.answer();
    host.tickAfterSeconds(1);

    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.EXCLUDED);
  }

  @Test
  void sweepThatHangsDuringAStopIsLeftBehind() {
    host.read("loop1", 0, 100 * MIB);
    stopWhileLoop1Hangs();

    assertThat(host.snapshot().hung().waiting()).as("at the last whole tick").isZero();
    host.tickAfterSeconds(1); // started again
    assertThat(host.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
    host.answer();
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
  }

  @Test
  void sweepInterruptedByAStopDoesNotStopTheNextRun() {
    host.read("loop1", 0, 100 * MIB);
    host.read("loop1", 500 * MIB, 100 * MIB); // a rest in between, which is interrupted
    stopWhileLoop1Hangs();

    host.answer();
    host.tickAfterSeconds(1); // started again

    assertThat(host.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
    assertThat(hung.residentBytes()).isZero();
  }

  @Test
  void unsweptDevicesWaitWhileSixteenSweepsHang() {
    for (int i = 0; i < 40; i++) {
      host.mount("/tenant" + i, FileIdentity.encodeDevice(0, 100 + i), "fuse", "tenant");
    }
    host.tickAfterSeconds(2);
    for (int i = 0; i < 40; i++) {
      host.attach("loop" + (10 + i), "/tenant" + i + "/img", TestHost.GIB);
    }
    host.engine().requestRescan();
    for (int tick = 0; tick < 16; tick++) {
      host.hangIn("locate");
      host.tickAfterSeconds(1);
    }
    host.read("loop0", 0, 100 * MIB);
    host.tickAfterSeconds(1);

    assertThat(host.snapshot().hung().waiting()).isEqualTo(16);
    assertThat(host.report("loop49").reason().words()).startsWith("16 other sweeps are hung");
    assertThat(well.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }
}
