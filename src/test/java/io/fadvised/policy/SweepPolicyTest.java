package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.policy.SweepPolicy.Measured;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepPolicyTest {
  private static final long MIB = 1L << 20;
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofSeconds(60);

  @ParameterizedTest
  @CsvSource({
    // resident, allowed, filled a second (all MiB), direct I/O, evicted, reason
    "0,   100, 0,   false, false, NOTHING_TO_GAIN",
    "1,   0,   0,   false, false, NOTHING_TO_GAIN",
    "1,   0,   500, false, false, NOTHING_TO_GAIN",
    "2,   0,   0,   false, true,  OVER_ALLOWANCE",
    "50,  100, 0,   false, false, WITHIN_ALLOWANCE",
    "100, 100, 0,   false, false, WITHIN_ALLOWANCE",
    "101, 100, 0,   false, true,  OVER_ALLOWANCE",
    "50,  100, 50,  false, false, WITHIN_ALLOWANCE",
    "50,  100, 51,  false, true,  OVER_ALLOWANCE",
    "0,   100, 0,   true,  false, DIRECT",
    "50,  100, 0,   true,  false, WITHIN_ALLOWANCE",
    "150, 100, 0,   true,  true,  OVER_ALLOWANCE",
  })
  void deviceIsEvictedIfItExceedsItsAllowanceBeforeTheNextMeasurement(
      long resident, long allowed, long fill, boolean direct, boolean evicts, Reason.Code code) {
    Decision decision =
        SweepPolicy.decide(
            new Measured(
                resident * MIB,
                Allowance.of(allowed * MIB, false),
                new FillRate(fill * MIB),
                MIN,
                direct,
                false));

    assertThat(decision.evicts()).isEqualTo(evicts);
    assertThat(decision.reason().code()).isEqualTo(code);
  }

  @Test
  void reasonHasTheFigures() {
    assertThat(words(150 * MIB, 0, false)).isEqualTo("150 MiB resident, 100 MiB allowed");
    assertThat(words(150 * MIB, 0, true))
        .isEqualTo("150 MiB resident, 100 MiB allowed, despite direct I/O");
    assertThat(words(90 * MIB, 20 * MIB, false))
        .isEqualTo("90 MiB resident and filling, 100 MiB allowed");
    assertThat(words(MIB, 0, false)).isEqualTo("1 MiB resident, too little to gain");
    assertThat(words(0, 0, true)).isEqualTo("direct I/O is on, 0 B resident");
  }

  @Test
  void pagesFromBeforeDirectIoAreEvicted() {
    assertThat(SweepPolicy.decideLeftOver(MIB))
        .isEqualTo(Decision.evict("1 MiB resident from before direct I/O was switched on"));
    assertThat(SweepPolicy.decideLeftOver(0).reason().code())
        .isEqualTo(Reason.Code.NOTHING_TO_GAIN);
  }

  @Test
  void smallFileIsEvictedOnceAllDevicesExceedTheBudget() {
    assertThat(smallFile(false).evicts()).isFalse();
    assertThat(smallFile(true).evicts()).isTrue();
  }

  private static Decision smallFile(boolean overBudget) {
    return SweepPolicy.decide(
        new Measured(MIB, Allowance.of(80 << 10, overBudget), FillRate.ZERO, MIN, false, false));
  }

  @Test
  void idleDeviceWithinItsAllowanceIsReportedAsIdle() {
    Decision decision =
        SweepPolicy.decide(
            new Measured(
                10 * MIB, Allowance.of(100 * MIB, false), FillRate.ZERO, MIN, false, true));

    assertThat(decision.reason())
        .isEqualTo(
            new Reason(
                Reason.Code.IDLE, "no I/O since the last sweep, 10 MiB resident, 100 MiB allowed"));
  }

  private static String words(long resident, long fill, boolean direct) {
    return SweepPolicy.decide(
            new Measured(
                resident, Allowance.of(100 * MIB, false), new FillRate(fill), MIN, direct, false))
        .reason()
        .words();
  }

  @ParameterizedTest
  @CsvSource({
    // resident, allowed, filled a second (all MiB), interval in milliseconds
    "0,   100, 0,    60000", // still
    "200, 100, 0,    60000",
    "0,   100, 10,   8000", // a little before it is full
    "50,  100, 10,   4000",
    "0,   100, 1,    60000",
    "0,   100, 500,  1000",
    "100, 100, 1,    1000",
    "200, 100, 1,    1000",
  })
  void intervalIsTheTimeToTheAllowanceWithinItsBounds(
      long resident, long allowed, long fill, long millis) {
    assertThat(interval(resident * MIB, allowed * MIB, fill * MIB))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void intervalNeverShrinksWithHeadroomNorGrowsWithTheFillRate() {
    for (long fill = 1; fill < 1L << 34; fill *= 3) {
      Duration before = Duration.ZERO;
      for (long headroom = 0; headroom < 1L << 40; headroom = headroom * 2 + 4096) {
        Duration interval = interval(0, headroom, fill);
        assertThat(interval).isBetween(MIN, MAX).isGreaterThanOrEqualTo(before);
        assertThat(interval(0, headroom, fill * 2)).isLessThanOrEqualTo(interval);
        before = interval;
      }
    }
  }

  private static Duration interval(long resident, long allowed, long fill) {
    return SweepPolicy.interval(resident, allowed, new FillRate(fill), MIN, MAX);
  }

  @Test
  void intervalDoublesUpToItsMaximum() {
    assertThat(SweepPolicy.doubled(MIN, MAX)).isEqualTo(Duration.ofSeconds(2));
    assertThat(SweepPolicy.doubled(Duration.ofSeconds(30), MAX)).isEqualTo(MAX);
    assertThat(SweepPolicy.doubled(Duration.ofSeconds(31), MAX)).isEqualTo(MAX);
    assertThat(SweepPolicy.doubled(MAX, MAX)).isEqualTo(MAX);
  }

  @Test
  void reasonCodeHasALabel() {
    assertThat(Reason.Code.OVER_ALLOWANCE.label()).isEqualTo("over-allowance");
    assertThat(Reason.Code.IDLE.label()).isEqualTo("idle");
  }

  @Test
  void longMeasurementIsFollowedByNineTimesItsLength() {
    Duration configured = Duration.ofSeconds(1);

    assertThat(SweepPolicy.minInterval(configured, Duration.ofMillis(100))).isEqualTo(configured);
    assertThat(SweepPolicy.minInterval(configured, Duration.ofSeconds(2)))
        .isEqualTo(Duration.ofSeconds(18));
  }

  @ParameterizedTest
  @CsvSource({
    // limit (MiB), devices, configured interval, interval (ms)
    "4096, 1, 500,  500",
    "2048, 1, 500,  500",
    "1024, 1, 500,  250",
    "256,  1, 500,  100",
    "256,  3, 500,  300",
    "256,  9, 500,  500",
    "256,  1, 4000, 500",
    "256,  1, 100,  100",
  })
  void intervalShrinksWithTheLimitOfAContainerAndGrowsWithTheNumberOfDevices(
      long limit, int devices, long configured, long interval) {
    assertThat(SweepPolicy.containerInterval(Duration.ofMillis(configured), limit * MIB, devices))
        .isEqualTo(Duration.ofMillis(interval));
  }
}
