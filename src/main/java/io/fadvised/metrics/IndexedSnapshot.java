package io.fadvised.metrics;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineSnapshot;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in which devices can be looked up. The index is made by the first who looks one up,
 * not by the engine: as long as nobody does, a tick costs one small object, however many devices
 * there are.
 */
final class IndexedSnapshot {
  private final EngineSnapshot snapshot;
  private volatile @Nullable Map<String, DeviceReport> devices;

  IndexedSnapshot(EngineSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  EngineSnapshot snapshot() {
    return snapshot;
  }

  Optional<DeviceReport> device(String name) {
    Map<String, DeviceReport> index = devices;
    if (index == null) { // two readers may both make it: the same
      index =
          snapshot.devices().stream()
              .collect(Collectors.toMap(report -> report.device().name(), Function.identity()));
      devices = index;
    }
    return Optional.ofNullable(index.get(name));
  }
}
