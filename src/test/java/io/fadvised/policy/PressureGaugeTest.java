package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.policy.Pressure.Source;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureReader;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import io.fadvised.pressure.VmStat;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PressureGaugeTest {
  private static final int PAGE = 4096;
  private static final long GIB = 1L << 30;
  private static final long TOTAL = 2 * GIB;
  private static final long TOTAL_PAGES = TOTAL / PAGE;
  private static final long WATERMARK = TOTAL / 100;
  private static final MemInfo PLENTY = memory(0.5);
  private static final VmStat NO_RECLAIM = new VmStat(0, 0, 0, 0, 0);

  private static MemInfo memory(double available) {
    return new MemInfo(TOTAL, Math.round(TOTAL * available), 0, 0);
  }

  private static VmStat scanned(long pages) {
    return new VmStat(0, pages, 0, pages, pages);
  }

  /** Returns refaults while the host reclaims as many pages. */
  private static VmStat refaulted(long pages) {
    return new VmStat(pages, pages, 0, pages, pages);
  }

  private static PressureSample sample(MemInfo memory, VmStat cache, long stallMicros) {
    Optional<Psi> psi = Optional.of(new Psi(stallMicros));
    return new PressureSample(memory, WATERMARK, cache, psi, Optional.empty());
  }

  private static Pressure between(PressureSample before, PressureSample now, Duration elapsed) {
    return PressureGauge.between(before, now, elapsed, elapsed, PAGE, Explained.NOTHING);
  }

  private static Pressure afterOneSecond(PressureSample before, PressureSample now) {
    return between(before, now, Duration.ofSeconds(1));
  }

  /** Returns the pressure if the figures were reached from zero within a second. */
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
  void headroomLevelRisesAsAvailableMemoryShrinks(double available, double level) {
    assertOnly(of(memory(available), NO_RECLAIM, 0), Source.HEADROOM, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "50000, 0.5", "100000, 1", "900000, 1"})
  void stallLevelRisesWhileTheHostReclaims(long micros, double level) {
    assertThat(of(PLENTY, scanned(1), micros).sources().get(Source.STALL))
        .isCloseTo(level, within(1e-6));
    assertThat(of(PLENTY, NO_RECLAIM, micros).level()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "500, 0.5", "1000, 1", "70000, 1"})
  void refaultLevelRisesWhileTheHostReclaims(long pages, double level) {
    assertThat(of(PLENTY, refaulted(pages), 0).sources().get(Source.REFAULT))
        .isCloseTo(level, within(1e-6));
    assertThat(of(PLENTY, new VmStat(pages, 0, 0, 0, pages), 0).level()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "5, 0.5", "10, 1", "999, 1"})
  void directReclaimLevelRisesWithItsRate(long reclaims, double level) {
    assertOnly(of(PLENTY, new VmStat(0, 0, reclaims, 0, 0), 0), Source.DIRECT_RECLAIM, level);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.005, 0.25", "0.01, 0.5", "0.9, 0.5"})
  void scanLevelIsOneHalfAtMost(double share, double level) {
    assertThat(of(PLENTY, scanned(Math.round(share * TOTAL_PAGES)), 0).level())
        .isCloseTo(level, within(1e-3));
  }

  private static PressureSample free(double share) {
    MemInfo memory = new MemInfo(TOTAL, TOTAL / 2, Math.round(TOTAL * share), 0);
    return sample(memory, NO_RECLAIM, 0);
  }

  /** Free memory counts as gone at 3 %: 2 % above the watermark, which is 1 % here. */
  @ParameterizedTest
  @CsvSource({
    // share free before, share free a second later, level
    "0.53, 0.43, 0.5", // 40 % in 4 s
    "0.43, 0.33, 0.75", // 3 s
    "0.33, 0.23, 1", // 2 s
    "0.23, 0.13, 1", // 1 s
    "0.10, 0.031, 1",
    "0.10, 0.02, 1", // gone just now
    "0.73, 0.63, 0", // 6 s
    "0.50, 0.45, 0", // 8.4 s
    "0.40, 0.40, 0",
    "0.10, 0.40, 0",
  })
  void fillLevelRisesWhenFreeMemoryRunsOutWithinSeconds(double before, double now, double level) {
    assertOnly(afterOneSecond(free(before), free(now)), Source.FILL, level);
  }

  /** The page cache takes memory that programs free at once. */
  @ParameterizedTest
  @CsvSource({"0.029, 0.01", "0.01, 0.005", "0.02, 0.02", "0, 0"})
  void fillLevelIsZeroWhereFreeMemoryWasGoneBefore(double before, double now) {
    assertThat(afterOneSecond(free(before), free(now)).level()).isZero();
  }

  @Test
  void fillPressureIsReportedWithTheTimeLeft() {
    assertThat(afterOneSecond(free(0.43), free(0.33)).words())
        .isEqualTo("free memory: gone in 3.0 s");
  }

  /** Recorded on 6.18 with cgroup v1, a second apart: 24 GiB of memory, 23 GiB available. */
  @Test
  void containerThrashingAtItsOwnLimitCausesNoPressure() throws Exception {
    PressureSample before = recorded("before");
    PressureSample now = recorded("after");
    assertThat(now.cache().refaultedPages() - before.cache().refaultedPages()).isEqualTo(81_294);
    assertThat(now.memoryStall().orElseThrow().someMicros())
        .isEqualTo(before.memoryStall().orElseThrow().someMicros() + 116_144);

    assertThat(between(before, now, Duration.ofMillis(1010)).level()).isZero();
  }

  private static PressureSample recorded(String moment) throws Exception {
    URL directory = PressureGaugeTest.class.getResource("container-at-its-limit/" + moment);
    return new PressureReader(Path.of(directory.toURI())).read();
  }

  @Test
  void refaultsAndStallsOfKnownContainersAreSubtracted() {
    PressureSample before = sample(PLENTY, NO_RECLAIM, 0);
    PressureSample now = sample(PLENTY, new VmStat(80_500, 20_000, 0, 20_000, 100_500), 160_000);
    Duration second = Duration.ofSeconds(1);

    Pressure pressure =
        PressureGauge.between(before, now, second, second, PAGE, new Explained(80_000, 0.15));

    assertThat(pressure.sources().get(Source.REFAULT)).isCloseTo(0.5, within(0.02));
    assertThat(pressure.sources().get(Source.STALL)).isCloseTo(0.1, within(0.02));
  }

  @Test
  void ratesOfContainersAreMeansSinceTheLastSampleEvenIfAStallWokeTheEngine() {
    PressureSample before = sample(PLENTY, NO_RECLAIM, 0);
    PressureSample now = sample(PLENTY, refaulted(5_000), 50_000);

    Pressure pressure =
        PressureGauge.between(
            before,
            now,
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            PAGE,
            new Explained(1_000, 0.01));

    assertThat(pressure.sources())
        .containsEntry(Source.REFAULT, 0.0)
        .containsEntry(Source.STALL, 0.0);
  }

  /** kswapd scans 32 pages now and then, also on an idle host. */
  @ParameterizedTest
  @ValueSource(longs = {160_000, 0}) // before 5.8 the container's reclaim is not counted
  void pressureIsLowIfAContainerCausesMostOfTheReclaim(long allScanned) {
    VmStat mostlyContainer = new VmStat(80_000, 32, 0, 32, allScanned);

    assertThat(of(PLENTY, mostlyContainer, 150_000).level()).isLessThan(0.05);
  }

  @ParameterizedTest
  @CsvSource({"2, 1000, 10", "8, 2000, 20", "128, 8000, 80", "1024, 22627, 226.27"})
  void marksGrowWithTheSquareRootOfMemory(long gibibytes, long refaults, double reclaims) {
    MemInfo memory = new MemInfo(gibibytes * GIB, gibibytes * GIB / 2, 0, 0);
    long tenth = Math.round(refaults / 10.0);

    assertThat(of(memory, refaulted(tenth), 0).sources().get(Source.REFAULT))
        .isCloseTo(0.1, within(1e-3));
    assertThat(of(memory, new VmStat(0, 0, 10, 0, 0), 0).sources().get(Source.DIRECT_RECLAIM))
        .isCloseTo(10 / reclaims, within(1e-3));
  }

  @Test
  void strongestSourceDeterminesLevelAndWords() {
    Pressure pressure = of(memory(0.15), new VmStat(800, 3000, 1, 3000, 3000), 30_000);

    assertThat(pressure.level()).isCloseTo(0.8, within(1e-6));
    assertThat(pressure.words()).isEqualTo("page cache refaults: 800 a second");
    assertThat(pressure.sources().get(Source.STALL)).isCloseTo(0.3, within(1e-6));
  }

  @Test
  void ratesAreScaledToASecond() {
    PressureSample before = sample(PLENTY, NO_RECLAIM, 0);
    PressureSample now = sample(PLENTY, refaulted(500), 0);

    assertThat(between(before, now, Duration.ofSeconds(2)).level()).isCloseTo(0.25, within(1e-6));
    assertThat(between(before, now, Duration.ofMillis(500)).level()).isCloseTo(1, within(1e-6));
  }

  @Test
  void countersThatWereResetCauseNoPressure() {
    PressureSample before = sample(PLENTY, new VmStat(9000, 18000, 9000, 0, 0), 9_000_000);

    assertThat(afterOneSecond(before, sample(PLENTY, NO_RECLAIM, 0)).level()).isZero();
  }

  @Test
  void stallLevelIsZeroWithoutPsi() {
    PressureSample without =
        new PressureSample(PLENTY, WATERMARK, NO_RECLAIM, Optional.empty(), Optional.empty());
    PressureSample with = sample(PLENTY, NO_RECLAIM, 900_000);

    assertThat(afterOneSecond(without, with).level()).isZero();
    assertThat(afterOneSecond(with, without).level()).isZero();
  }

  @Test
  void headroomIsReportedWithoutAnyPressure() {
    assertThat(of(PLENTY, NO_RECLAIM, 0).words())
        .isEqualTo("memory headroom: 50.0 % of memory available");
  }
}
