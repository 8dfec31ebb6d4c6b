package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClockTest {
  private final Clock clock = Clock.system();

  @Test
  void threadThatWaitsTakesNoProcessorTime() throws Exception {
    long nanos = clock.nanos();
    long processorNanos = clock.processorNanos();

    Thread.sleep(200);

    long waited = clock.nanos() - nanos;
    assertThat(waited).isGreaterThan(190_000_000);
    assertThat(clock.processorNanos() - processorNanos).isLessThan(waited / 4);
  }

  @Test
  void threadThatWorksTakesProcessorTime() {
    long start = clock.processorNanos();
    long rounds = 0;

    while (clock.processorNanos() - start < 20_000_000 && rounds < 1_000_000_000) {
      rounds++;
    }

    assertThat(clock.processorNanos() - start).isGreaterThanOrEqualTo(20_000_000);
  }
}
