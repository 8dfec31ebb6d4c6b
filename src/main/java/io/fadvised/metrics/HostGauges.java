package io.fadvised.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Pressure;
import io.fadvised.pressure.MemInfo;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The gauges of the host. They read the last snapshot when they are read themselves, and are null
 * if the value is unknown, such as before the first snapshot. Counters are 0 then.
 */
final class HostGauges {
  private final MetricRegistry registry;
  private final Supplier<Optional<EngineSnapshot>> last;

  private HostGauges(MetricRegistry registry, Supplier<Optional<EngineSnapshot>> last) {
    this.registry = registry;
    this.last = last;
  }

  static void register(MetricRegistry registry, Supplier<Optional<EngineSnapshot>> last) {
    HostGauges gauges = new HostGauges(registry, last);
    gauges.pressure();
    gauges.events();
    gauges.memory();
    gauges.engine();
    gauges.benefit();
  }

  private void pressure() {
    add("pressure", null, snapshot -> snapshot.pressure().level());
    for (Pressure.Source source : Pressure.Source.values()) {
      add(
          "pressure-" + source.name().toLowerCase(Locale.ROOT).replace('_', '-'),
          null,
          snapshot -> snapshot.pressure().sources().getOrDefault(source, 0.0));
    }
  }

  private void events() {
    add("pressure-events", null, snapshot -> snapshot.events().words());
    count("pressure-event-count", snapshot -> snapshot.events().count());
  }

  private void memory() {
    add("memory-total-bytes", null, snapshot -> memory(snapshot, MemInfo::totalBytes));
    add("memory-available-bytes", null, snapshot -> memory(snapshot, MemInfo::availableBytes));
    number("budget-bytes", EngineSnapshot::budgetBytes);
    number("resident-bytes", EngineSnapshot::residentBytes);
    number("residency-error-bytes", snapshot -> sum(snapshot, Residency::errorBytes));
    number("unmeasured-bytes", snapshot -> sum(snapshot, Residency::unmeasuredBytes));
  }

  private void engine() {
    number("waiting-sweeps", snapshot -> snapshot.hung().waiting());
    number("devices", snapshot -> snapshot.devices().size());
    count("sweeps", snapshot -> snapshot.totals().sweeps());
    count("evictions", snapshot -> snapshot.totals().evictions());
    count("released-bytes", snapshot -> snapshot.totals().releasedBytes());
    count("measuring-millis", snapshot -> snapshot.measuring().toMillis());
    count("abandoned-sweeps", snapshot -> snapshot.hung().abandoned());
    count("slow-calls", snapshot -> snapshot.pacing().slowCalls());
    count("rest-millis", snapshot -> snapshot.pacing().rest().toMillis());
    count("returned-bytes", snapshot -> snapshot.totals().returnedBytes());
  }

  private void benefit() {
    number("given-back-bytes", snapshot -> snapshot.benefit().givenBackBytes());
    add("given-back-gib-hours", null, snapshot -> snapshot.benefit().gibHours());
    count("advice-calls", snapshot -> snapshot.totals().adviceCalls());
    count("advice-millis", snapshot -> snapshot.pacing().inside().toMillis());
  }

  /** A counter, 0 before the first snapshot. */
  private void count(String name, ToLongFunction<EngineSnapshot> value) {
    add(name, 0L, value::applyAsLong);
  }

  private void number(String name, ToLongFunction<EngineSnapshot> value) {
    add(name, null, value::applyAsLong);
  }

  private void add(
      String name, @Nullable Object unknown, Function<EngineSnapshot, @Nullable Object> value) {
    Gauge<Object> gauge = () -> last.get().<Object>map(value).orElse(unknown);
    registry.register(MetricNames.host(name), gauge);
  }

  private static long sum(EngineSnapshot snapshot, ToLongFunction<Residency> part) {
    return snapshot.devices().stream()
        .flatMap(report -> report.residency().stream())
        .mapToLong(part)
        .sum();
  }

  private static @Nullable Object memory(EngineSnapshot snapshot, Function<MemInfo, Long> size) {
    return snapshot.sample().map(sample -> size.apply(sample.memory())).orElse(null);
  }
}
