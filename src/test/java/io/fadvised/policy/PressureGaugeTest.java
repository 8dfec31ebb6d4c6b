package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.policy.Pressure.Source;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PressureGaugeTest {
  private static final int PAGE = 4096;
  private static final long TOTAL = 1000L * 1000 * PAGE;
  private static final MemInfo PLENTY = memory(0.5);
  private static final VmStat NO_RECLAIM = new VmStat(0, 0, 0, 0);

  private static MemInfo memory(double available) {
    return new MemInfo(TOTAL, Math.round(TOTAL * available), 0, 0);
  }

  private static PressureSample sample(MemInfo memory, VmStat cache, long stallMicros) {
    Optional<Psi> psi = Optional.of(new Psi(stallMicros));
    return new PressureSample(memory, cache, psi, Optional.empty());
  }

  private static Pressure afterOneSecond(PressureSample before, PressureSample now) {
    return PressureGauge.between(before, now, Duration.ofSeconds(1), PAGE);
  }

  /** The pressure if in one second everything came to be as given, from nothing. */
  private static Pressure of(MemInfo memory, VmStat cache, long stallMicros) {
    return afterOneSecond(sample(PLENTY, NO_RECLAIM, 0), sample(memory, cache, stallMicros));
  }

  private static void assertOnly(Pressure pressure, Source source, double level) {
    assertThat(pressure.level()).isCloseTo(level, within(1e-6));
    assertThat(pressure.sources()).hasSize(Source.values().length);
    assertThat(pressure.sources().get(source)).isCloseTo(level, within(1e-6));
    pressure
        .sources()
        .forEach(
            (other, seen) -> {
              if (other != source) {
                assertThat(seen).as(other.words()).isZero();
              }
            });
    if (level > 0) {
      assertThat(pressure.words()).startsWith(source.words() + ": ");
    }
  }

  @ParameterizedTest
  @CsvSource({"1.0, 0", "0.25, 0", "0.15, 0.5", "0.05, 1", "0.01, 1", "0, 1"})
  void littleAvailableMemoryPresses(double available, double level) {
    assertOnly(of(memory(available), NO_RECLAIM, 0), Source.HEADROOM, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "50000, 0.5", "100000, 1", "900000, 1"})
  void stalledTasksPress(long micros, double level) {
    assertOnly(of(PLENTY, NO_RECLAIM, micros), Source.STALL, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "500, 0.5", "1000, 1", "70000, 1"})
  void refaultsPress(long pages, double level) {
    assertOnly(of(PLENTY, new VmStat(pages, 0, 0, 0), 0), Source.REFAULT, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "5, 0.5", "10, 1", "999, 1"})
  void directReclaimPresses(long reclaims, double level) {
    assertOnly(of(PLENTY, new VmStat(0, 0, reclaims, 0), 0), Source.DIRECT_RECLAIM, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "5000, 0.25", "10000, 0.5", "900000, 0.5"})
  void scanningAlonePressesByOneHalfAtMost(long pages, double level) {
    assertOnly(of(PLENTY, new VmStat(0, pages, 0, 0), 0), Source.SCAN, level);
  }

  @Test
  void theStrongestSourceCountsAndIsNamed() {
    Pressure pressure = of(memory(0.15), new VmStat(800, 10_000, 1, 0), 30_000);

    assertThat(pressure.level()).isCloseTo(0.8, within(1e-6));
    assertThat(pressure.words()).isEqualTo("page cache refaults: 800 a second");
    assertThat(pressure.sources().get(Source.STALL)).isCloseTo(0.3, within(1e-6));
  }

  @Test
  void ratesAreForASecondWhateverTheTimeBetween() {
    PressureSample before = sample(PLENTY, NO_RECLAIM, 0);
    PressureSample now = sample(PLENTY, new VmStat(500, 0, 0, 0), 0);

    assertThat(PressureGauge.between(before, now, Duration.ofSeconds(2), PAGE).level())
        .isCloseTo(0.25, within(1e-6));
    assertThat(PressureGauge.between(before, now, Duration.ofMillis(500), PAGE).level())
        .isCloseTo(1, within(1e-6));
  }

  @Test
  void countersThatBeganAnewDoNotPress() {
    PressureSample before = sample(PLENTY, new VmStat(9000, 18000, 9000, 0), 9_000_000);

    assertThat(afterOneSecond(before, sample(PLENTY, NO_RECLAIM, 0)).level()).isZero();
  }

  @Test
  void withoutPsiStallsDoNotPress() {
    PressureSample without =
        new PressureSample(PLENTY, NO_RECLAIM, Optional.empty(), Optional.empty());
    PressureSample with = sample(PLENTY, NO_RECLAIM, 900_000);

    assertThat(afterOneSecond(without, with).level()).isZero();
    assertThat(afterOneSecond(with, without).level()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "20000, 1, 0.2", "20000, 2, 0.1", "100000, 1, 1", "9000000, 1, 1"})
  void theStallsThatAnEventTellsOfBelongToItsWindow(long micros, long seconds, double level) {
    Pressure told =
        PressureGauge.ofStalls(
            sample(PLENTY, NO_RECLAIM, 0),
            sample(memory(0.01), new VmStat(9000, 9000, 9000, 0), micros),
            Duration.ofSeconds(seconds));

    assertThat(told.level()).isCloseTo(level, within(1e-6));
    assertThat(told.sources()).containsOnlyKeys(Source.STALL);
    assertThat(told.words()).startsWith("memory stalls: ");
  }

  @Test
  void oneLookTellsTheHeadroom() {
    Pressure pressure = PressureGauge.ofHeadroom(memory(0.15));

    assertThat(pressure.level()).isCloseTo(0.5, within(1e-6));
    assertThat(pressure.words()).isEqualTo("memory headroom: 15.0 % of memory available");
  }

  @Test
  void withoutAnyPressureTheWordsTellTheHeadroom() {
    assertThat(of(PLENTY, NO_RECLAIM, 0).words())
        .isEqualTo("memory headroom: 50.0 % of memory available");
  }
}
