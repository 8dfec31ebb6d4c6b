package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.policy.Reason;
import io.fadvised.status.Reports;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EngineMetricsTest {
  private final MetricRegistry registry = new MetricRegistry();
  private final EngineMetrics metrics = new EngineMetrics(registry);

  @Test
  void hostIsUnknownBeforeTheFirstTick() {
    assertThat(gauge("Host.pressure")).isNull();
    assertThat(gauge("Host.pressure-stall")).isNull();
    assertThat(gauge("Host.pressure-events")).isNull();
    assertThat(gauge("Host.memory-total-bytes")).isNull();
    assertThat(gauge("Host.devices")).isNull();
    assertThat(gauge("Host.sweeps")).isEqualTo(0L);
  }

  @Test
  void hostGaugesHaveTheValuesOfTheLastTick() {
    metrics.ticked(Reports.emptySnapshot());
    assertThat(gauge("Host.memory-total-bytes")).isNull();

    metrics.ticked(Reports.snapshot(Reports.device("loop3")));

    assertThat(gauge("Host.pressure")).isEqualTo(0.25);
    assertThat(gauge("Host.pressure-headroom")).isEqualTo(0.25);
    assertThat(gauge("Host.pressure-direct-reclaim")).isEqualTo(0.125);
    assertThat(gauge("Host.pressure-scan")).isEqualTo(0.0);
    assertThat(gauge("Host.pressure-events")).isEqualTo("PSI (20 ms stalled within 1 s)");
    assertThat(gauge("Host.pressure-event-count")).isEqualTo(7L);
    assertThat(gauge("Host.memory-total-bytes")).isEqualTo(1000L);
    assertThat(gauge("Host.memory-available-bytes")).isEqualTo(200L);
    assertThat(gauge("Host.budget-bytes")).isEqualTo(300L);
    assertThat(gauge("Host.resident-bytes")).isEqualTo(40L);
    assertThat(gauge("Host.residency-error-bytes")).isEqualTo(0L);
    assertThat(gauge("Host.unmeasured-bytes")).isEqualTo(0L);
    assertThat(gauge("Host.measuring-millis")).isEqualTo(42L);
    assertThat(gauge("Host.devices")).isEqualTo(1L);
    assertThat(gauge("Host.sweeps")).isEqualTo(9L);
    assertThat(gauge("Host.evictions")).isEqualTo(8L);
    assertThat(gauge("Host.released-bytes")).isEqualTo(6000L);
    assertThat(gauge("Host.returned-bytes")).isEqualTo(500L);
    assertThat(gauge("Host.slow-calls")).isEqualTo(3L);
    assertThat(gauge("Host.given-back-bytes")).isEqualTo(500L);
    assertThat(gauge("Host.given-back-gib-hours")).isEqualTo(4.5);
    assertThat(gauge("Host.advice-calls")).isEqualTo(7L);
    assertThat(gauge("Host.advice-millis")).isEqualTo(30L);
    assertThat((Long) gauge("Host.tick-age-millis")).isBetween(0L, 10_000L);
    assertThat(gauge("Host.rest-millis")).isEqualTo(70L);
  }

  @Test
  void errorsOfEstimatesAreAddedForTheHost() {
    metrics.ticked(
        Reports.snapshot(
            Reports.device("loop3"),
            Reports.device("loop4", "/srv/a.img", Reports.ESTIMATED),
            Reports.device("loop5", "/srv/b.img", Reports.ESTIMATED)));

    assertThat(gauge("Host.residency-error-bytes")).isEqualTo(2L << 20);
    assertThat(gauge("Host.unmeasured-bytes")).isEqualTo(2L << 30);
  }

  @Test
  void sweepsAreTimedAndSkippedOnesAreCountedByReason() {
    metrics.swept(Reports.sweep(true, Reason.Code.OVER_ALLOWANCE));
    metrics.swept(Reports.sweep(false, Reason.Code.WITHIN_ALLOWANCE));
    metrics.swept(Reports.sweep(false, Reason.Code.WITHIN_ALLOWANCE));
    metrics.skipped("loop3", new Reason(Reason.Code.IDLE, "no I/O"));

    assertThat(registry.timer("Host.sweep-time").getCount()).isEqualTo(3);
    assertThat(registry.timer("Host.sweep-time").getSnapshot().getMax())
        .isEqualTo(TimeUnit.MILLISECONDS.toNanos(5));
    assertThat(registry.counter("Skipped.within-allowance").getCount()).isEqualTo(2);
    assertThat(registry.counter("Skipped.idle").getCount()).isEqualTo(1);
    assertThat(registry.getCounters())
        .containsKey("Skipped.not-permitted")
        .doesNotContainKeys("Skipped.over-allowance", "Skipped.new");
  }

  @Test
  void problemsOfTheHostAreCounted() {
    metrics.hostProblem("unreadable");
    metrics.hostProblem("unreadable");

    assertThat(registry.counter("Host.problems").getCount()).isEqualTo(2);
  }

  @Test
  void systemCallHasATimerFromItsFirstUse() {
    assertThat(registry.getTimers()).doesNotContainKey("SystemCall.cachestat");

    metrics.called("cachestat", 1000);
    metrics.called("cachestat", 3000);

    assertThat(registry.timer("SystemCall.cachestat").getCount()).isEqualTo(2);
    assertThat(registry.timer("SystemCall.cachestat").getSnapshot().getMean()).isEqualTo(2000);
  }

  private Object gauge(String name) {
    return registry.getGauges().get(name).getValue();
  }
}
