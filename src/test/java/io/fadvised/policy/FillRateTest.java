package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FillRateTest {
  private static final long MIB = 1L << 20;
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void rateFollowsARiseAtOnce() {
    assertThat(FillRate.ZERO.observe(10 * MIB, Duration.ofSeconds(2)).bytesPerSecond())
        .isEqualTo(5 * MIB);
    assertThat(new FillRate(MIB).observe(9 * MIB, SECOND).bytesPerSecond()).isEqualTo(9 * MIB);
  }

  @Test
  void rateFollowsAFallByHalves() {
    FillRate rate = new FillRate(8 * MIB).observe(0, SECOND);
    assertThat(rate.bytesPerSecond()).isEqualTo(4 * MIB);

    assertThat(rate.observe(2 * MIB, SECOND).bytesPerSecond()).isEqualTo(3 * MIB);
  }

  @Test
  void lossCountsAsNoGrowth() {
    assertThat(new FillRate(8 * MIB).observe(-100 * MIB, SECOND))
        .isEqualTo(new FillRate(8 * MIB).observe(0, SECOND));
  }

  @Test
  void rateReachesZeroAfterAStreamHasEnded() {
    FillRate rate = new FillRate(1 << 30);
    for (int i = 0; i < 20; i++) {
      rate = rate.observe(0, SECOND);
    }
    assertThat(rate).isEqualTo(FillRate.ZERO);
  }

  @Test
  void rateBelowAPageASecondIsZero() {
    assertThat(FillRate.ZERO.observe(4095, SECOND)).isEqualTo(FillRate.ZERO);
    assertThat(FillRate.ZERO.observe(4096, SECOND)).isNotEqualTo(FillRate.ZERO);
  }

  @Test
  void bytesAreTheRateTimesTheTime() {
    assertThat(new FillRate(MIB).bytesIn(Duration.ofMillis(2500))).isEqualTo(5 * MIB / 2);
    assertThat(FillRate.ZERO.bytesIn(Duration.ofDays(1))).isZero();
  }

  @Test
  void rateIsFiniteAfterANanosecond() {
    assertThat(FillRate.ZERO.observe(Long.MAX_VALUE, Duration.ofNanos(1)).bytesPerSecond())
        .isFinite();
  }
}
