package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pressure.MemInfo;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadroomTest {
  private static final long TOTAL = 1000L << 20;

  private static MemInfo available(double share) {
    return new MemInfo(TOTAL, Math.round(TOTAL * share), 0, 0);
  }

  /** Pressure begins at 25 % available. */
  @ParameterizedTest
  @CsvSource({
    // before, now, seconds between, milliseconds left
    "0.50, 0.45, 1, 4000",
    "0.50, 0.45, 5, 20000",
    "0.50, 0.30, 1, 250",
    "0.50, 0.26, 1, 100",
    "0.90, 0.2501, 5, 100",
    "0.50, 0.4999, 1, 60000",
    "0.30, 0.25, 1, 1000",
    "0.30, 0.10, 5, 1000",
  })
  void isTheTimeUntilTheRestIsGoneAtTheSamePace(
      double before, double now, long seconds, long millis) {
    assertThat(
            Headroom.untilGone(available(before), available(now), Duration.ofSeconds(seconds))
                .toMillis())
        .isBetween(millis - 1, millis + 1);
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.5", "0.5, 0.6", "0.1, 0.1", "0.1, 0.2"})
  void isLongWhileNothingShrinks(double before, double now) {
    assertThat(Headroom.untilGone(available(before), available(now), Duration.ofSeconds(1)))
        .isEqualTo(Headroom.LONGEST);
  }

  /** Whoever looks that often sees pressure within 100 ms of its begin, if the pace is kept. */
  @Test
  void atASteadyPaceTheBeginOfPressureIsNotMissed() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      double perSecond = 0.001 + random.nextDouble();
      double start = 0.26 + 0.75 * random.nextDouble();
      double begin = (start - 0.25) / perSecond;
      double before = 0;
      double now = Math.min(begin, 0.2);
      while (available(start - perSecond * now).availableBytes() > TOTAL / 4) {
        Duration elapsed = Duration.ofNanos(1 + Math.round((now - before) * 1e9));
        Duration wait =
            Headroom.untilGone(
                available(start - perSecond * before), available(start - perSecond * now), elapsed);
        before = now;
        now += wait.toNanos() / 1e9;
      }
      assertThat(now - begin).isLessThanOrEqualTo(0.1 + 1e-6);
    }
  }
}
