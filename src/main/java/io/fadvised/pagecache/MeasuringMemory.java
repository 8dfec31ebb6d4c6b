package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import java.util.Optional;

/** Kept between the measurements of one file. Owned by one thread at a time. */
public final class MeasuringMemory {
  private final LookMemory looks;
  private Optional<ProbeChooser> probes = Optional.empty();

  /**
   * A memory without a measurement.
   *
   * @param seed makes the choice of samples repeatable
   */
  public MeasuringMemory(long seed) {
    looks = new LookMemory(seed);
  }

  LookMemory looks() {
    return looks;
  }

  ProbeChooser probes(Kernel kernel) {
    ProbeChooser chooser = probes.orElseGet(() -> new ProbeChooser(kernel));
    probes = Optional.of(chooser);
    return chooser;
  }
}
