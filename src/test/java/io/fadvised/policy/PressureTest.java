package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.policy.Pressure.Source;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PressureTest {
  private static final Duration HALF_LIFE = Duration.ofSeconds(30);

  private static Pressure pressure(double level, String words) {
    return new Pressure(level, Map.of(Source.STALL, level), words);
  }

  @Test
  void pressureRisesAtOnce() {
    Pressure high = pressure(0.9, "high");

    assertThat(high.settledAfter(pressure(0.1, "low"), Duration.ofMillis(1))).isEqualTo(high);
  }

  @Test
  void pressureHalvesInHalfAMinute() {
    Pressure low = pressure(0, "low");
    Pressure after = low.settledAfter(pressure(0.8, "high"), HALF_LIFE);

    assertThat(after.level()).isEqualTo(0.4);
    assertThat(low.settledAfter(after, HALF_LIFE).level()).isEqualTo(0.2);
  }

  @Test
  void manySmallStepsDecayAsMuchAsOneLargeStep() {
    Pressure settled = pressure(1, "high");
    for (int i = 0; i < 300; i++) {
      settled = pressure(0, "low").settledAfter(settled, HALF_LIFE.dividedBy(300));
    }

    assertThat(settled.level()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void pressureNeverFallsBelowThePresentOne() {
    Pressure now = pressure(0.6, "now");

    assertThat(now.settledAfter(pressure(0.8, "high"), HALF_LIFE)).isEqualTo(now);
  }

  @Test
  void fadingPressureIsMarkedOnceAndHasThePresentSources() {
    Pressure now = pressure(0, "low");
    Pressure fading = now.settledAfter(pressure(1, "high"), Duration.ofSeconds(1));
    Pressure faded = now.settledAfter(fading, Duration.ofSeconds(1));

    assertThat(faded.words()).isEqualTo("high, fading");
    assertThat(faded.sources()).isEqualTo(now.sources());
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
  void levelOutsideZeroToOneIsRejected(double level) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Pressure(level, Map.of(), ""))
        .withMessage("pressure level " + level);
  }
}
