package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class BenefitMeterTest {
  private static final long GIB = 1L << 30;
  private static final Instant EVENING = Instant.parse("2025-03-01T22:00:00Z");

  private Instant now = EVENING;
  private BenefitMeter meter = new BenefitMeter(ZoneOffset.UTC, now, 0);

  @Test
  void memoryCountsForAsLongAsItWasGivenBack() {
    count(Duration.ZERO, 2 * GIB, 8 * GIB, 0);
    count(Duration.ofMinutes(30), GIB, 8 * GIB, 0);
    count(Duration.ofMinutes(30), 0, 8 * GIB, 0);

    assertThat(meter.benefits().sinceStart().gibHours()).isEqualTo(1.5, within(1e-9));
    assertThat(meter.benefits().givenBackBytes()).isZero();
  }

  @Test
  void noMoreThanThereIsRoomForCounts() {
    count(Duration.ZERO, 100 * GIB, 2 * GIB, 0);
    count(Duration.ofHours(1), 100 * GIB, 2 * GIB, 0);

    assertThat(meter.benefits().givenBackBytes()).isEqualTo(2 * GIB);
    assertThat(meter.benefits().sinceStart().gibHours()).isEqualTo(2, within(1e-9));
  }

  @Test
  void beforeAnythingWasEvictedThereIsNoBenefit() {
    count(Duration.ofHours(1), GIB, 8 * GIB, 0);

    assertThat(meter.benefits().sinceStart().gibHours()).isZero();
  }

  @Test
  void aDayEndsAtMidnight() {
    count(Duration.ZERO, GIB, 8 * GIB, 10);
    count(Duration.ofHours(1), GIB, 8 * GIB, 30);
    assertThat(meter.benefits().yesterday()).isEmpty();

    count(Duration.ofHours(1), GIB, 8 * GIB, 40);
    count(Duration.ofHours(3), GIB, 8 * GIB, 45);

    Benefits benefits = meter.benefits();
    assertThat(benefits.day()).isEqualTo(LocalDate.of(2025, 3, 2));
    assertThat(benefits.yesterday().orElseThrow().gibHours()).isEqualTo(2, within(1e-9));
    assertThat(benefits.yesterday().orElseThrow().adviceCalls()).isEqualTo(40);
    assertThat(benefits.today().gibHours()).isEqualTo(3, within(1e-9));
    assertThat(benefits.today().adviceCalls()).isEqualTo(5);
    assertThat(benefits.sinceStart().gibHours()).isEqualTo(5, within(1e-9));
    assertThat(benefits.sinceStart().adviceCalls()).isEqualTo(45);
  }

  @Test
  void midnightIsThatOfTheHost() {
    meter = new BenefitMeter(ZoneId.of("Asia/Tokyo"), EVENING, 0);

    assertThat(meter.benefits().day()).isEqualTo(LocalDate.of(2025, 3, 2));
  }

  private void count(Duration later, long outBytes, long availableBytes, long calls) {
    now = now.plus(later);
    long nanos = Duration.between(EVENING, now).toNanos();
    DeviceTotals totals = new DeviceTotals(0, 0, calls, 0, 0);
    meter.count(outBytes, availableBytes, totals, Duration.ZERO, now, nanos);
  }
}
