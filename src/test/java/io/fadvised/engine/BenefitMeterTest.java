package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BenefitMeterTest {
  private static final long GIB = 1L << 30;

  private final BenefitMeter meter = new BenefitMeter(0);
  private Duration now = Duration.ZERO;

  @Test
  void memoryCountsWhileItIsGivenBack() {
    count(Duration.ZERO, 2 * GIB, 8 * GIB);
    count(Duration.ofMinutes(30), GIB, 8 * GIB);
    count(Duration.ofMinutes(30), 0, 8 * GIB);

    assertThat(benefit().gibHours()).isEqualTo(1.5, within(1e-9));
    assertThat(benefit().givenBackBytes()).isZero();
  }

  @Test
  void memoryBeyondWhatIsAvailableDoesNotCount() {
    count(Duration.ZERO, 100 * GIB, 2 * GIB);
    count(Duration.ofHours(1), 100 * GIB, 2 * GIB);

    assertThat(benefit().givenBackBytes()).isEqualTo(2 * GIB);
    assertThat(benefit().gibHours()).isEqualTo(2, within(1e-9));
  }

  @Test
  void timeBeforeTheFirstEvictionDoesNotCount() {
    count(Duration.ofHours(1), GIB, 8 * GIB);

    assertThat(benefit().gibHours()).isZero();
  }

  private Benefit benefit() {
    return meter.benefit();
  }

  private void count(Duration later, long outBytes, long availableBytes) {
    now = now.plus(later);
    meter.count(outBytes, availableBytes, now.toNanos());
  }
}
