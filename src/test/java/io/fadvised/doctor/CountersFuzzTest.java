package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import io.fadvised.loop.RequestCounters;
import java.time.Duration;
import java.util.Map;

class CountersFuzzTest {

  @FuzzTest
  void loadBetweenAnyTwoReadingsIsPossible(byte[] input) throws Exception {
    String before = Pieces.of(input, 2).get(0);
    String after = Pieces.of(input, 2).get(1);

    Map<String, RequestCounters> first = Bounds.within(() -> RequestCounters.parseAll(before));
    Bounds.within(() -> RequestCounters.parseAll(after))
        .forEach(
            (disk, counters) ->
                assertPossible(
                    DiskLoad.of(
                        counters.since(first.getOrDefault(disk, counters)),
                        Duration.ofSeconds(1))));
    CpuTimes.parse(before)
        .ifPresent(
            earlier ->
                CpuTimes.parse(after)
                    .ifPresent(now -> assertThat(now.waitShareSince(earlier)).isBetween(0.0, 1.0)));
  }

  private static void assertPossible(DiskLoad load) {
    assertThat(load.requestsPerSecond()).isNotNegative().isFinite();
    assertThat(load.bytesPerSecond()).isNotNegative().isFinite();
    assertThat(load.millisPerRequest()).isNotNegative().isFinite();
    assertThat(load.busyShare()).isBetween(0.0, 1.0);
    assertThat(load.writeShare()).isBetween(0.0, 1.0);
    assertThat(load.bytesPerRead()).isNotNegative();
    assertThat(load.bytesPerWrite()).isNotNegative();
  }
}
