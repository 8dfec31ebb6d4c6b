package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionsTest {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);
  private static final long GIB = 1L << 30;

  @ParameterizedTest
  @CsvSource({"0, false", "0.49, false", "0.5, true", "1, true"})
  void memoryIsScarceFromHalfOfFullPressure(double level, boolean pressed) {
    assertThat(between(sample(0, 0), sample(0, 0), level).pressed()).isEqualTo(pressed);
  }

  @Test
  void ioStallIsAShareOfTheElapsedTime() {
    assertThat(between(sample(100, 0), sample(1_000_100, 0), 0).ioStallShare()).hasValue(0.5);
    assertThat(between(sample(5, 0), sample(1, 0), 0).ioStallShare()).hasValue(0);
  }

  @Test
  void ioStallIsUnknownWithoutPsi() {
    PressureSample without = sample(Optional.empty(), 0);

    assertThat(between(without, sample(1, 0), 0).ioStallShare()).isEqualTo(OptionalDouble.empty());
    assertThat(between(sample(1, 0), without, 0).ioStallShare()).isEqualTo(OptionalDouble.empty());
  }

  @Test
  void turnoverIsTheInactiveListDividedByTheReclaimRate() {
    // 1 GiB inactive, 64 MiB reclaimed in two seconds
    assertThat(between(sample(0, 7), sample(0, 7 + (64 << 8)), 0).turnover())
        .isEqualTo(Duration.ofSeconds(32));
  }

  @Test
  void turnoverIsTenMinutesWhileNothingIsReclaimed() {
    assertThat(between(sample(0, 7), sample(0, 7), 0).turnover()).isEqualTo(Duration.ofMinutes(10));
    assertThat(between(sample(0, 7), sample(0, 8), 0).turnover()).isEqualTo(Duration.ofMinutes(10));
  }

  private static Conditions between(PressureSample before, PressureSample now, double level) {
    return Conditions.between(before, now, TWO_SECONDS, 4096)
        .under(new Pressure(level, Map.of(), "test"));
  }

  private static PressureSample sample(long ioStallMicros, long reclaimedPages) {
    return sample(Optional.of(new Psi(ioStallMicros)), reclaimedPages);
  }

  private static PressureSample sample(Optional<Psi> io, long reclaimedPages) {
    return new PressureSample(
        new MemInfo(4 * GIB, 2 * GIB, GIB, GIB),
        0,
        new VmStat(0, 0, 0, reclaimedPages, 0),
        Optional.empty(),
        io);
  }
}
