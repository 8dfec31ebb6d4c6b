package io.fadvised.prometheus;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.engine.EngineSnapshot;
import io.fadvised.loop.KubeletVolume;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.metrics.EngineMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    Families families = families(metrics.snapshot().map(known -> figures.get()));
    while (!families.isEmpty()) {
      families.writeNext(out);
    }
  }

  /** Returns the text of a snapshot in pieces. Each is made by the thread that asks for it. */
  public Iterator<String> text(EngineSnapshot snapshot) {
    return new Iterator<>() {
      private @Nullable Families families;

      private Families families() {
        Families made = families;
        if (made == null) {
          made = Exposition.this.families(Optional.of(snapshot));
          families = made;
        }
        return made;
      }

      @Override
      public boolean hasNext() {
        return !families().isEmpty();
      }

      @Override
      public String next() {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        try {
          families().writeNext(piece);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return piece.toString(UTF_8);
      }
    };
  }

  private Families families(Optional<EngineSnapshot> snapshot) {
    Families families = new Families();
    new DaemonFamilies(version, startedAt, metrics).addTo(families);
    if (snapshot.isPresent()) {
      new HostFamilies(snapshot.get()).addTo(families);
      new DeviceFamilies(snapshot.get().devices(), mountPoints.find(KubeletVolume::isIn))
          .addTo(families);
    }
    return families;
  }
}
