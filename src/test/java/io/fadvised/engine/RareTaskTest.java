package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RareTaskTest {
  private static final Duration COST = Duration.ofMillis(7);

  private final FakeClock clock = new FakeClock();
  private final RareTask task = new RareTask(clock, Duration.ofSeconds(1));

  private void sleep(Duration time) {
    clock.advance(time);
  }

  private void run() {
    task.run(() -> sleep(COST));
  }

  private int runsWithin(Duration time) {
    int runs = 0;
    for (Duration passed = Duration.ZERO;
        passed.compareTo(time) < 0;
        passed = passed.plusMillis(100)) {
      if (task.isDue()) {
        run();
        runs++;
      }
      sleep(Duration.ofMillis(100));
    }
    return runs;
  }

  @Test
  void takesAThousandthOfTheTime() {
    runsWithin(Duration.ofMinutes(2));

    assertThat(runsWithin(Duration.ofMinutes(10)) * COST.toMillis()).isBetween(580L, 620L);
  }

  @Test
  void runsSeveralTimesInARowIfItWasNotNeededForAMinute() {
    runsWithin(Duration.ofMinutes(2));
    sleep(Duration.ofMinutes(1));

    assertThat(runsWithin(Duration.ofSeconds(7))).isEqualTo(7);
  }

  @Test
  void restsForTheMinimum() {
    run();
    assertThat(task.isDue()).isFalse();

    sleep(Duration.ofSeconds(1));
    assertThat(task.isDue()).isTrue();
  }
}
