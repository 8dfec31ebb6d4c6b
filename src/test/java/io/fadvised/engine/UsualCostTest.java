package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UsualCostTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void shortestOfTheLastFourDurationsCounts() {
    UsualCost cost = new UsualCost();
    for (int i = 0; i < 3; i++) {
      cost.add(50);
      assertThat(cost.nanos()).isZero();
    }
    cost.add(900);
    assertThat(cost.nanos()).isEqualTo(50);
    cost.add(800);
    cost.add(700);
    cost.add(600);
    assertThat(cost.nanos()).isEqualTo(600);
  }

  @Test
  void tickThatWaitsForTheProcessorDelaysNeitherTheNextOneNorTheCounters() {
    host.attachRead("loop0", TestHost.MIB);
    host.start("interval.min=100ms", "interval.max=100ms");
    for (int tick = 0; tick < 10; tick++) {
      host.read("loop0", tick * TestHost.MIB, TestHost.MIB);
      host.tickAfter(Duration.ofMillis(100));
    }
    int before = host.heard().sweepsOf("loop0").size();

    host.beforeCounters(() -> host.clock().advance(Duration.ofMillis(50)));
    Duration delay = host.tickAfter(Duration.ofMillis(100));
    host.beforeCounters(() -> {});

    assertThat(delay).isLessThanOrEqualTo(Duration.ofMillis(100));
    for (int tick = 0; tick < 10; tick++) {
      host.read("loop0", tick * TestHost.MIB, TestHost.MIB);
      host.tickAfter(Duration.ofMillis(100));
    }
    assertThat(host.heard().sweepsOf("loop0").size() - before).isGreaterThanOrEqualTo(10);
  }
}
