package io.fadvised.prometheus;

import com.codahale.metrics.Snapshot;
import io.fadvised.metrics.SummedTimer;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Families of metrics. A family has a name, a help text, and a value for each set of labels. It is
 * built when it is written, so that only one is held at a time; one without values is left out.
 */
final class Families {
  private static final String PREFIX = "fadvised_";
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrometheusTextFormatWriter format = PrometheusTextFormatWriter.create();
  private final Queue<Supplier<MetricSnapshot>> families = new ArrayDeque<>();

  /** A value and its labels. */
  record Point(Labels labels, double value) {}

  void gauge(String name, String help, double value) {
    gauges(name, help, Stream.of(new Point(Labels.EMPTY, value)));
  }

  void gauge(String name, String help, long value) {
    gauge(name, help, (double) value);
  }

  void gauges(String name, String help, Stream<Point> points) {
    families.add(
        () ->
            new GaugeSnapshot(
                metadata(name, help),
                points
                    .map(point -> new GaugeDataPointSnapshot(point.value, point.labels, null))
                    .toList()));
  }

  /**
   * @param name without {@code _total}, which is added
   */
  void counter(String name, String help, double value) {
    counters(name, help, Stream.of(new Point(Labels.EMPTY, value)));
  }

  /**
   * @param name without {@code _total}, which is added
   */
  void counter(String name, String help, long value) {
    counter(name, help, (double) value);
  }

  /**
   * @param name without {@code _total}, which is added
   */
  void counters(String name, String help, Stream<Point> points) {
    families.add(
        () ->
            new CounterSnapshot(
                metadata(name, help),
                points
                    .map(point -> new CounterDataPointSnapshot(point.value, point.labels, null, 0))
                    .toList()));
  }

  /**
   * Adds a family of value 1 with texts as labels.
   *
   * @param name without {@code _info}, which is added
   */
  void info(String name, String help, Stream<Labels> labels) {
    families.add(
        () ->
            new InfoSnapshot(
                metadata(name, help), labels.map(InfoDataPointSnapshot::new).toList()));
  }

  /** Adds number and sum of durations, with the median and the 99th percentile of the last. */
  void summaries(String name, String help, Map<Labels, SummedTimer> timers) {
    families.add(
        () ->
            new SummarySnapshot(
                metadata(name, help),
                timers.entrySet().stream()
                    .map(timer -> summary(timer.getKey(), timer.getValue()))
                    .toList()));
  }

  private static SummaryDataPointSnapshot summary(Labels labels, SummedTimer timer) {
    Snapshot last = timer.getSnapshot();
    return SummaryDataPointSnapshot.builder()
        .labels(labels)
        .count(timer.getCount())
        .sum(timer.sumNanos() / NANOS_PER_SECOND)
        .quantiles(
            Quantiles.of(
                new Quantile(0.5, last.getMedian() / NANOS_PER_SECOND),
                new Quantile(0.99, last.get99thPercentile() / NANOS_PER_SECOND)))
        .build();
  }

  private static MetricMetadata metadata(String name, String help) {
    return new MetricMetadata(PREFIX + name, help);
  }

  boolean isEmpty() {
    return families.isEmpty();
  }

  /** Builds and writes the next family, in UTF-8. */
  void writeNext(OutputStream out) throws IOException {
    MetricSnapshot family = families.remove().get();
    if (!family.getDataPoints().isEmpty()) {
      format.write(out, MetricSnapshots.of(family), EscapingScheme.DEFAULT);
    }
  }
}
