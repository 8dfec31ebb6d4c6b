package io.fadvised.prometheus;

import io.fadvised.cgroup.PodCgroup;
import io.fadvised.engine.ContainerReport;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.pressure.MemInfo;
import io.fadvised.prometheus.Families.Point;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The metrics of the host and of the engine, from one snapshot. */
final class HostFamilies {
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private final EngineSnapshot snapshot;

  HostFamilies(EngineSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  void addTo(Families out) {
    pressure(out);
    memory(out);
    totals(out);
    containers(out);
    engine(out);
  }

  /** A cgroup has labels for its pod and container where its path is a kubelet's. */
  private void containers(Families out) {
    out.gauges(
        "container_limit_bytes",
        "Memory limit of a cgroup that is or was short of memory at its limit.",
        each(ContainerReport::limitBytes));
    out.gauges(
        "container_pressure_ratio",
        "Memory pressure in the cgroup, from 0 (none) to 1 (full).",
        each(container -> container.pressure().level()));
    out.gauges(
        "container_resident_bytes",
        "Lower cache that is charged to the cgroup, of the devices it uses.",
        each(ContainerReport::residentBytes));
    out.counters(
        "container_released_bytes",
        "Bytes that left the lower cache after evictions of the devices of the cgroup.",
        each(ContainerReport::releasedBytes));
  }

  private Stream<Point> each(ToDoubleFunction<ContainerReport> value) {
    return snapshot.containers().stream()
        .map(container -> new Point(labels(container.cgroup()), value.applyAsDouble(container)));
  }

  private static Labels labels(String cgroup) {
    Labels labels = Labels.of("cgroup", cgroup);
    Optional<PodCgroup> pod = PodCgroup.of(cgroup);
    return pod.isEmpty()
        ? labels
        : labels
            .add("pod_uid", pod.get().podUid())
            .merge(
                pod.get()
                    .containerId()
                    .map(id -> Labels.of("container_id", id))
                    .orElse(Labels.EMPTY));
  }

  private void pressure(Families out) {
    out.gauge(
        "pressure_ratio",
        "Memory pressure, from 0 (none) to 1 (full).",
        snapshot.pressure().level());
    out.gauges(
        "pressure_source_ratio",
        "Memory pressure from one source alone, from 0 to 1.",
        snapshot.pressure().sources().entrySet().stream()
            .map(
                source ->
                    new Point(Labels.of("source", label(source.getKey())), source.getValue())));
    out.counter(
        "pressure_events",
        "Memory stalls that the kernel reported to the daemon.",
        snapshot.events().count());
  }

  private void memory(Families out) {
    if (snapshot.sample().isPresent()) {
      MemInfo memory = snapshot.sample().get().memory();
      out.gauge(
          "memory_size_bytes",
          "Memory of the host, without the pool of huge pages.",
          memory.totalBytes());
      out.gauge("memory_available_bytes", "Available memory of the host.", memory.availableBytes());
    }
    out.gauge(
        "budget_bytes", "Maximum lower cache of all devices at present.", snapshot.budgetBytes());
    out.gauge(
        "resident_bytes",
        "Lower cache of all devices at their last sweeps.",
        snapshot.residentBytes());
    out.gauge(
        "given_back_bytes",
        "Evicted and not read back, at most the available memory: an upper bound.",
        snapshot.benefit().givenBackBytes());
    out.counter(
        "given_back_byte_seconds",
        "Memory given back multiplied by its duration: an upper bound.",
        snapshot.benefit().byteSeconds());
  }

  private void totals(Families out) {
    out.counter("evictions", "Evictions of all devices.", snapshot.totals().evictions());
    out.counter(
        "released_bytes",
        "Bytes that left the lower cache after evictions.",
        snapshot.totals().releasedBytes());
    out.counter(
        "returned_bytes",
        "Released bytes that were read back, estimated.",
        snapshot.totals().returnedBytes());
    out.counter(
        "slow_calls",
        "Calls of posix_fadvise that took longer than their limit.",
        snapshot.pacing().slowCalls());
    out.counter(
        "rest_seconds",
        "Time that sweeps rested between calls of posix_fadvise.",
        seconds(snapshot.pacing().rest()));
    out.counter(
        "measuring_seconds",
        "Processor time of measuring with mincore.",
        seconds(snapshot.measuring()));
  }

  private void engine(Families out) {
    out.gauge("devices", "Attached loop devices.", snapshot.devices().size());
    out.gauge(
        "unreadable_devices",
        "Loop devices whose attributes in sysfs could not be read.",
        snapshot.unreadable().size());
    out.gauge("hung_sweeps", "Sweeps that are hung at present.", snapshot.hung().waiting());
    out.counter("abandoned_sweeps", "Sweeps that were abandoned.", snapshot.hung().abandoned());
    out.gauge("paused", "1 while sweeps are paused, else 0.", snapshot.paused() ? 1 : 0);
    out.gauge("dry_run", "1 in a dry run, else 0.", snapshot.dryRun() ? 1 : 0);
    out.gauge(
        "last_tick_timestamp_seconds",
        "Time of the last pass of the daemon's main loop.",
        seconds(snapshot.at()));
  }

  private static String label(Enum<?> source) {
    return source.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double seconds(Instant at) {
    return at.toEpochMilli() / MILLIS_PER_SECOND;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / NANOS_PER_SECOND;
  }
}
