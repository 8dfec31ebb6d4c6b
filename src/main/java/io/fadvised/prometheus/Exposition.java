package io.fadvised.prometheus;

import io.fadvised.engine.EngineSnapshot;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.metrics.EngineMetrics;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/**
 * All metrics in Prometheus's text format 0.0.4. An unknown value is left out. Thread-safe.
 *
 * <p>Every text is made from one snapshot, one family of metrics at a time.
 */
public final class Exposition {
  private final EngineMetrics metrics;
  private final Supplier<EngineSnapshot> figures;
  private final LoopMountPoints mountPoints;
  private final String version;
  private final Instant startedAt;

  /**
   * @param figures measures what has changed, and returns a snapshot; called after the first tick
   */
  public Exposition(
      EngineMetrics metrics,
      Supplier<EngineSnapshot> figures,
      LoopMountPoints mountPoints,
      String version,
      Instant startedAt) {
    this.metrics = metrics;
    this.figures = figures;
    this.mountPoints = mountPoints;
    this.version = version;
    this.startedAt = startedAt;
  }

  /** Writes all metrics in UTF-8; before the first tick, those of the daemon alone. */
  public void writeTo(OutputStream out) throws IOException {
    FamilyWriter families = new FamilyWriter(out);
    new DaemonFamilies(version, startedAt, metrics).writeTo(families);
    if (metrics.snapshot().isPresent()) {
      write(figures.get(), families);
    }
  }

  private void write(EngineSnapshot snapshot, FamilyWriter families) throws IOException {
    new HostFamilies(snapshot).writeTo(families);
    if (!snapshot.devices().isEmpty()) {
      Map<String, String> mounted = mountPoints.find(KubeletVolume::isIn);
      new DeviceFamilies(snapshot.devices(), mounted).writeTo(families);
    }
  }
}
