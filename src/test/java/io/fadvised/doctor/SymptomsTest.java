package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.loop.RequestCounters;
import io.fadvised.policy.Explained;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SymptomsTest {
  private static final String DISKS =
      """
         8       0 sda 100 0 2000 50 10 0 400 150 0 120 200
         8       1 sda1 1 0 8 0 0 0 0 0 0 0 0 0 0 0 0
         7       3 loop3 10 0 80 5 0 0 0 0 0 4 5
       259       0 nvme0n1 18446744073709551616 0 0 0 0 0 0 0 0 0 0
      what is this
      """;

  @Test
  void everyBlockDeviceIsReadAndMalformedLinesAreSkipped() {
    Map<String, RequestCounters> disks = RequestCounters.parseAll(DISKS);

    assertThat(disks).containsOnlyKeys("sda", "sda1", "loop3");
    assertThat(disks.get("sda"))
        .isEqualTo(new RequestCounters(100, 2000 * 512, 50, 10, 400 * 512, 150, 120))
        .isEqualTo(RequestCounters.parse(" 100 0 2000 50 10 0 400 150 0 120 200\n").orElseThrow());
  }

  @Test
  void loadIsTheDifferenceOfTwoReadings() {
    RequestCounters before = new RequestCounters(60, 600, 20, 40, 400, 30, 10);
    RequestCounters after = new RequestCounters(110, 1600, 4020, 190, 3400, 4030, 2010);

    DiskLoad load = DiskLoad.of(after.since(before), Duration.ofSeconds(2));

    assertThat(load).isEqualTo(new DiskLoad(100, 2000, 40, 80, 4000 / 150.0, 4, 1, 0.75, 20, 20));
    assertThat(DiskLoad.of(before.since(before), Duration.ofSeconds(2)).isActive()).isFalse();
    assertThat(DiskLoad.of(before.since(after), Duration.ofSeconds(2))) // attached again meanwhile
        .isEqualTo(new DiskLoad(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void shareOfIoWaitCountsAllStates() {
    CpuTimes before = CpuTimes.parse("cpu  10 0 10 70 10 0 0 0 5 0\ncpu0 1 1").orElseThrow();
    CpuTimes after = CpuTimes.parse("cpu  20 0 20 100 60 0 0 0 9 0").orElseThrow();

    assertThat(after.waitShareSince(before)).isCloseTo(0.5, within(1e-9));
    assertThat(before.waitShareSince(before)).isZero();
    assertThat(CpuTimes.parse("intr 1 2 3")).isEmpty();
    assertThat(CpuTimes.parse("cpu one two three four five six")).isEmpty();
    assertThat(CpuTimes.parse("")).isEmpty();
  }

  @Test
  void unreadableCountersAreUnknown() {
    Vitals nothing = new Vitals(Optional.empty(), Optional.empty(), Map.of(), Map.of());

    Symptoms symptoms =
        Symptoms.between(nothing, nothing, Duration.ofSeconds(3), 4096, Explained.NOTHING);

    assertThat(symptoms).isEqualTo(Symptoms.UNKNOWN);
    assertThat(symptoms.isSuffering()).isFalse();
  }

  @Test
  void pressureFollowsTheRuleOfTheDaemon() {
    Symptoms thrashing = afterThreeSeconds(1500, Explained.NOTHING);
    Symptoms container = afterThreeSeconds(1500, new Explained(500, 0));

    assertThat(thrashing.pressure()).hasValue(0.5);
    assertThat(thrashing.pressureReason()).hasValue("page cache refaults: 500 a second");
    assertThat(thrashing.isSuffering()).isTrue();
    assertThat(container.pressure().orElseThrow()).isLessThan(0.05); // it scans
    assertThat(container.refaultsPerSecond()).hasValue(500);
    assertThat(container.isSuffering()).isFalse();
  }

  private static Symptoms afterThreeSeconds(long refaultedPages, Explained explained) {
    return Symptoms.between(
        vitals(0), vitals(refaultedPages), Duration.ofSeconds(3), 4096, explained);
  }

  /** Returns counters of a host of 2 GiB that reclaims as many pages as are read back. */
  private static Vitals vitals(long refaultedPages) {
    PressureSample sample =
        new PressureSample(
            new MemInfo(2L << 30, 1L << 30, 0, 0),
            0,
            new VmStat(refaultedPages, refaultedPages, 0, 0, refaultedPages),
            Optional.empty(),
            Optional.empty());
    return new Vitals(Optional.empty(), Optional.of(sample), Map.of(), Map.of());
  }
}
