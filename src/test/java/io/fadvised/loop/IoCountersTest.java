package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IoCountersTest {
  private static final IoCounters BEFORE = new IoCounters(1000, 2000);

  @Test
  void sinceReturnsTheDifference() {
    assertThat(new IoCounters(1500, 2000).since(BEFORE)).isEqualTo(new IoCounters(500, 0));
    assertThat(new IoCounters(1500, 2100).since(BEFORE).totalBytes()).isEqualTo(600);
    assertThat(BEFORE.since(IoCounters.NONE)).isEqualTo(BEFORE);
  }

  @Test
  void smallerCounterCountsFromZero() {
    assertThat(new IoCounters(300, 40).since(BEFORE)).isEqualTo(new IoCounters(300, 40));
    assertThat(IoCounters.NONE.since(BEFORE)).isEqualTo(IoCounters.NONE);
  }
}
