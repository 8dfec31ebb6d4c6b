package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AllowancesTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void deviceWithinItsAllowanceIsMeasuredAndNotEvicted() {
    host.attachRead("loop0", 10 * MIB);
    host.start();

    host.tick();

    assertThat(host.heard().appeared)
        .extracting(report -> report.state())
        .containsExactly(DeviceState.NEW);
    DeviceReport report = host.report("loop0");
    assertThat(report.state()).isEqualTo(DeviceState.MANAGED);
    assertThat(report.reason().code()).isEqualTo(Reason.Code.WITHIN_ALLOWANCE);
    assertThat(report.residency().orElseThrow().residentBytes()).isEqualTo(10 * MIB);
    assertThat(report.probe()).contains("cachestat");
    assertThat(report.foundBy()).contains("file handle on ext4");
    assertThat(report.allowanceBytes()).isEqualTo(64 * MIB);
    assertThat(report.lastSweep()).isPresent();
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void deviceOverItsAllowanceIsEvicted() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.start();

    host.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").reason())
        .isEqualTo(
            new Reason(
                Reason.Code.OVER_ALLOWANCE, "100 MiB resident, 64 MiB allowed; released 100 MiB"));
    DeviceTotals totals = host.snapshot().totals();
    assertThat(totals).isEqualTo(new DeviceTotals(1, 1, 1, 100 * MIB, 0));
    assertThat(host.snapshot().residentBytes()).isZero();

    host.tickAfterSeconds(1);
    assertThat(host.snapshot().benefit().givenBackBytes()).isEqualTo(100 * MIB);
    assertThat(host.snapshot().benefit().gibHours()).isPositive();
  }

  @Test
  void newDeviceWithDirectIoTakesNoPartOfTheBudget() {
    FakeFile file = host.attachRead("loop0", 60 * MIB);
    host.attachRead("loop1", 0);
    host.setDirectIo("loop1", true);
    host.count("loop1", MIB, 0);
    host.start();

    host.tick();

    assertThat(file.residentBytes()).isEqualTo(60 * MIB);
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void streamIsKeptWithinTheAllowance() {
    FakeFile file = host.attachRead("loop0", 0);
    host.start();
    host.tick();
    long max = 0;
    for (long second = 0; second < 60; second++) {
      host.read("loop0", second * 10 * MIB, 10 * MIB);
      max = Math.max(max, file.residentBytes());
      host.tickAfterSeconds(1);
    }

    assertThat(max).isLessThanOrEqualTo((64 + 10) * MIB);
    assertThat(host.adviceCalls()).isBetween(5, 20);
  }

  @Test
  void busyDeviceGetsWhatIdleDevicesDoNotHold() {
    FakeFile small = host.attachRead("loop0", 10 * MIB);
    FakeFile large = host.attachRead("loop1", 40 * MIB);
    FakeFile larger = host.attachRead("loop2", 50 * MIB);
    host.start();
    host.tick();

    assertThat(small.residentBytes()).isEqualTo(10 * MIB);
    assertThat(large.residentBytes()).isZero();
    assertThat(larger.residentBytes()).isZero();

    host.count("loop1", MIB, 0); // the only busy one
    host.tickAfterSeconds(5);

    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(64 * MIB - 10 * MIB);
  }

  @Test
  void manySmallDevicesAreEvictedOnceTheirSumExceedsTheBudget() {
    List<FakeFile> small = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      small.add(host.attach("loop" + i, "/srv/" + i, 1900 << 10));
      host.read("loop" + i, 0, 1900 << 10);
    }
    host.start("budget.relaxed=16MiB");

    host.runSeconds(5);

    assertThat(residentBytes(small)).isLessThanOrEqualTo(16 * MIB);
  }

  @Test
  void ioBelowTwoMebibytesMakesADeviceDueOnceTheSumExceedsTheBudget() {
    List<FakeFile> files = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      files.add(host.attach("loop" + i, "/srv/" + i, 8 * MIB));
    }
    host.start("budget.relaxed=16MiB");
    host.runSeconds(5);
    for (int i = 0; i < 200; i++) {
      files.get(i).read(0, 7 * MIB); // with read-ahead
      host.count("loop" + i, 28 * (64 << 10), 0);
    }

    host.runSeconds(5);

    assertThat(residentBytes(files)).isLessThanOrEqualTo(16 * MIB);
  }

  private static long residentBytes(List<FakeFile> files) {
    return files.stream().mapToLong(FakeFile::residentBytes).sum();
  }

  @Test
  void overrideCapsEachOfItsDevicesAndNoOther() {
    FakeFile capped = host.attachRead("loop0", 30 * MIB);
    FakeFile free = host.attachRead("loop1", 30 * MIB);
    host.start("devices.overrides=[{match=loop0, budget.relaxed=20MiB, budget.pressed=4MiB}]");

    host.tick();

    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(20 * MIB);
    assertThat(capped.residentBytes()).isZero();
    assertThat(free.residentBytes()).isEqualTo(30 * MIB);

    host.setAvailable(0.05);
    host.tickAfterSeconds(1);

    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(4 * MIB);
  }

  @Test
  void overrideWithOneHalfOfABudgetTakesTheOtherFromTheHost() {
    host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", 10 * MIB);
    host.start(
        "devices.overrides=[{match=loop0, budget.relaxed=20MiB},"
            + " {match=loop1, budget.pressed=1MiB}]");

    host.tick();
    assertThat(host.report("loop0").allowanceBytes()).isEqualTo(20 * MIB);

    host.setAvailable(0.05);
    host.tickAfterSeconds(1);
    assertThat(host.report("loop1").allowanceBytes()).isEqualTo(MIB);
  }

  @Test
  void nothingIsEvictedBeforeTheHostsMemoryIsKnown() {
    host.removeProc("meminfo");
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.start("budget.relaxed=20%", "budget.pressed=1%");

    assertThat(host.runSeconds(10)).as("ticks").isEqualTo(10);
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);

    host.writePressure();
    host.runSeconds(5);
    assertThat(host.report("loop0").reason().code()).isEqualTo(Reason.Code.WITHIN_ALLOWANCE);
  }
}
