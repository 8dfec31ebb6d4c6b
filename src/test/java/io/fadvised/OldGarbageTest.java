package io.fadvised;

import static io.fadvised.status.Reports.emptySnapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OldGarbageTest {
  private static final long MIB = 1 << 20;

  private final FakeClock clock = new FakeClock();
  private final TestingHeap heap = new TestingHeap();
  private final List<String> warnings = new ArrayList<>();
  private final OldGarbage garbage = new OldGarbage(clock, heap, warnings::add);

  private static final class TestingHeap implements OldGarbage.Heap {
    int collections;
    long used = 6 * MIB;
    long live = 6 * MIB;

    @Override
    public long usedBytes() {
      return used;
    }

    @Override
    public long maxBytes() {
      return 32 * MIB;
    }

    @Override
    public void collect() {
      collections++;
      used = live;
    }
  }

  @Test
  void intervalIsAtMostHalfAnHour() {
    assertThat(OldGarbage.INTERVAL).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(30));
  }

  @Test
  void garbageIsCollectedOnceInAnInterval() {
    tickAfter(OldGarbage.MIN_INTERVAL);
    heap.collections = 0;
    tickAfter(OldGarbage.INTERVAL.minusSeconds(1));
    assertThat(heap.collections).isZero();
    tickAfter(Duration.ofSeconds(1));
    assertThat(heap.collections).isEqualTo(1);
    tickAfter(OldGarbage.INTERVAL.minusSeconds(1));
    assertThat(heap.collections).isEqualTo(1);
    tickAfter(Duration.ofHours(5)); // such as a suspended host
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void heapThatGrewByHalfIsCollectedEarly() {
    tickAfter(OldGarbage.MIN_INTERVAL);
    heap.collections = 0;
    heap.used = 11 * MIB;
    tickAfter(OldGarbage.MIN_INTERVAL);
    assertThat(heap.collections).isZero();
    heap.used = 12 * MIB;
    tickAfter(OldGarbage.MIN_INTERVAL);
    assertThat(heap.collections).isEqualTo(1);
  }

  @Test
  void heapThatGrowsAtEachTickIsCollectedAtIntervals() {
    for (int second = 0; second < 60; second++) {
      heap.used = 31 * MIB;
      tickAfter(Duration.ofSeconds(1));
    }
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void nearlyFullHeapIsReportedOnceWithFiguresAndTheCure() {
    heap.used = heap.live = 26 * MIB;
    tickAfter(OldGarbage.MIN_INTERVAL);
    tickAfter(OldGarbage.INTERVAL);

    assertThat(warnings)
        .containsExactly(
            "heap: 26 MiB of 32 MiB in use with 0 devices; when it is full, the daemon exits"
                + " and is restarted. Set FADVISED_JAVA_OPTS=-Xmx64m, and a memory limit of three"
                + " times that");
  }

  @Test
  void heapFullOfGarbageIsNotReported() {
    heap.used = 31 * MIB;
    tickAfter(OldGarbage.MIN_INTERVAL);

    assertThat(heap.collections).isEqualTo(1);
    assertThat(warnings).isEmpty();
  }

  @Test
  void heapThatFillsAgainIsReportedAgain() {
    for (long live : new long[] {26, 20, 26}) {
      heap.used = heap.live = live * MIB;
      tickAfter(OldGarbage.INTERVAL);
    }
    assertThat(warnings).hasSize(2);
  }

  private void tickAfter(Duration time) {
    clock.advance(time);
    garbage.ticked(emptySnapshot());
  }
}
