package io.fadvised.prometheus;

import io.fadvised.metrics.EngineMetrics;
import io.fadvised.prometheus.Families.Point;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The metrics of the daemon: its start, and what it counted and timed since then. */
final class DaemonFamilies {
  private static final double MILLIS_PER_SECOND = 1e3;

  private final String version;
  private final Instant startedAt;
  private final EngineMetrics metrics;

  DaemonFamilies(String version, Instant startedAt, EngineMetrics metrics) {
    this.version = version;
    this.startedAt = startedAt;
    this.metrics = metrics;
  }

  void addTo(Families out) {
    out.infoInParts(
        "build", "Version of the daemon.", Stream.of(Stream.of(Labels.of("version", version))));
    out.gauge(
        "start_time_seconds",
        "Time of the daemon's start.",
        startedAt.toEpochMilli() / MILLIS_PER_SECOND);
    out.counter("host_problems", "Failed reads of the host's memory state.", metrics.problems());
    out.counters(
        "skipped",
        "Sweeps without eviction, and devices that were due and not swept, by reason.",
        metrics.skipped().entrySet().stream()
            .map(
                reason ->
                    new Point(
                        Labels.of("reason", reason.getKey().label()),
                        (double) reason.getValue().getCount())));
    out.summaries(
        "sweep_duration_seconds",
        "Time of a sweep of one device; quantiles of the last 128.",
        Map.of(Labels.EMPTY, metrics.sweepTime()));
    out.summaries(
        "system_call_duration_seconds",
        "Time in a system call; quantiles of the last 128.",
        metrics.systemCalls().entrySet().stream()
            .collect(
                Collectors.toMap(call -> Labels.of("call", call.getKey()), Map.Entry::getValue)));
  }
}
