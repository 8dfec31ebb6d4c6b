package io.fadvised.metrics;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineSnapshot;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot with an index of its devices. The first lookup creates the index, so that a tick costs
 * only one small object for any number of devices.
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
    if (index == null) { // several readers may create equal indexes
      index =
          snapshot.devices().stream()
              .collect(Collectors.toMap(report -> report.device().name(), Function.identity()));
      devices = index;
    }
    return Optional.ofNullable(index.get(name));
  }
}
