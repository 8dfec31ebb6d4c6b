package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
    Map<String, DiskCounters> disks = DiskCounters.parse(DISKS);

    assertThat(disks).containsOnlyKeys("sda", "sda1", "loop3");
    assertThat(disks.get("sda")).isEqualTo(new DiskCounters(110, 2400 * 512, 200, 120));
  }

  @Test
  void loadIsTheDifferenceOfTwoReadings() {
    DiskCounters before = new DiskCounters(100, 1000, 50, 10);
    DiskCounters after = new DiskCounters(300, 5000, 8050, 2010);

    DiskLoad load = after.since(before, Duration.ofSeconds(2));

    assertThat(load).isEqualTo(new DiskLoad(100, 2000, 40, 1));
    assertThat(before.since(before, Duration.ofSeconds(2)).isActive()).isFalse();
    assertThat(before.since(after, Duration.ofSeconds(2))) // attached again meanwhile
        .isEqualTo(new DiskLoad(0, 0, 0, 0));
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
    Vitals nothing = new Vitals(Optional.empty(), Optional.empty(), Map.of());

    Symptoms symptoms = Symptoms.between(nothing, nothing, Duration.ofSeconds(3));

    assertThat(symptoms).isEqualTo(Symptoms.UNKNOWN);
    assertThat(symptoms.isSuffering()).isFalse();
  }
}
