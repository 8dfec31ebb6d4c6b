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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Stream;

/**
 * Families of metrics. A family has a name, a help text, and a value for each set of labels. It is
 * built in parts as it is written, so that only one part is held at a time; a family without values
 * is left out.
 */
final class Families {
  private static final String PREFIX = "fadvised_";
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrometheusTextFormatWriter format = PrometheusTextFormatWriter.create();
  private final Queue<Family> families = new ArrayDeque<>();
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();

  /** A value and its labels. */
  record Point(Labels labels, double value) {}

  /** The parts of a family that were not written yet. */
  private static final class Family {
    private final Iterator<MetricSnapshot> parts;
    private boolean begun;

    Family(Stream<MetricSnapshot> parts) {
      this.parts = parts.iterator();
    }
  }

  void gauge(String name, String help, double value) {
    gauges(name, help, Stream.of(new Point(Labels.EMPTY, value)));
  }

  void gauge(String name, String help, long value) {
    gauge(name, help, (double) value);
  }

  void gauges(String name, String help, Stream<Point> points) {
    gaugesInParts(name, help, Stream.of(points));
  }

  void gaugesInParts(String name, String help, Stream<Stream<Point>> parts) {
    add(
        parts.map(
            points ->
                new GaugeSnapshot(
                    metadata(name, help),
                    points
                        .map(point -> new GaugeDataPointSnapshot(point.value, point.labels, null))
                        .toList())));
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
    countersInParts(name, help, Stream.of(points));
  }

  /**
   * @param name without {@code _total}, which is added
   */
  void countersInParts(String name, String help, Stream<Stream<Point>> parts) {
    add(
        parts.map(
            points ->
                new CounterSnapshot(
                    metadata(name, help),
                    points
                        .map(
                            point ->
                                new CounterDataPointSnapshot(point.value, point.labels, null, 0))
                        .toList())));
  }

  /**
   * Adds a family of value 1 with texts as labels.
   *
   * @param name without {@code _info}, which is added
   */
  void infoInParts(String name, String help, Stream<Stream<Labels>> parts) {
    add(
        parts.map(
            labels ->
                new InfoSnapshot(
                    metadata(name, help), labels.map(InfoDataPointSnapshot::new).toList())));
  }

  /** Adds number and sum of durations, with the median and the 99th percentile of the last. */
  void summaries(String name, String help, Map<Labels, SummedTimer> timers) {
    add(
        Stream.of(timers)
            .map(
                all ->
                    new SummarySnapshot(
                        metadata(name, help),
                        all.entrySet().stream()
                            .map(timer -> summary(timer.getKey(), timer.getValue()))
                            .toList())));
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

  private void add(Stream<MetricSnapshot> parts) {
    families.add(new Family(parts));
  }

  boolean isEmpty() {
    return families.isEmpty();
  }

  /** Builds and writes the next part of a family, in UTF-8. */
  void writeNext(OutputStream out) throws IOException {
    Family family = families.element();
    if (family.parts.hasNext()) {
      MetricSnapshot part = family.parts.next();
      if (!part.getDataPoints().isEmpty()) {
        write(part, !family.begun, out);
        family.begun = true;
      }
    }
    if (!family.parts.hasNext()) {
      families.remove();
    }
  }

  private void write(MetricSnapshot part, boolean withHead, OutputStream out) throws IOException {
    text.reset();
    format.write(text, MetricSnapshots.of(part), EscapingScheme.DEFAULT);
    byte[] written = text.toByteArray();
    int start = withHead ? 0 : headLength(written);
    out.write(written, start, written.length - start);
  }

  /** Returns the length of the lines with the help text and the type. */
  private static int headLength(byte[] text) {
    int at = 0;
    while (text[at] == '#') {
      while (text[at] != '\n') {
        at++;
      }
      at++;
    }
    return at;
  }
}
