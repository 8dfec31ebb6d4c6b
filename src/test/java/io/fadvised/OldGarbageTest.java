package io.fadvised;

import static io.fadvised.status.Reports.emptySnapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.FakeClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OldGarbageTest {
  private final FakeClock clock = new FakeClock();
  private final AtomicInteger collected = new AtomicInteger();
  private final OldGarbage garbage = new OldGarbage(clock, collected::incrementAndGet);

  @Test
  void intervalIsAtMostHalfAnHour() {
    assertThat(OldGarbage.INTERVAL).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(30));
  }

  @Test
  void garbageIsCollectedOnceInAnInterval() {
    tickAfter(OldGarbage.INTERVAL.minusSeconds(1));
    assertThat(collected).hasValue(0);
    tickAfter(Duration.ofSeconds(1));
    assertThat(collected).hasValue(1);
    tickAfter(OldGarbage.INTERVAL.minusSeconds(1));
    assertThat(collected).hasValue(1);
    tickAfter(Duration.ofHours(5)); // such as a suspended host
    assertThat(collected).hasValue(2);
  }

  private void tickAfter(Duration time) {
    clock.advance(time);
    garbage.ticked(emptySnapshot());
  }
}
