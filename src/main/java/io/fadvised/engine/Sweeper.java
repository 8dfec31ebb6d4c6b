package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Look;
import io.fadvised.pagecache.ProbeChooser;
import io.fadvised.policy.Conditions;
import java.time.Duration;

/** Sweeps devices, one at a time, with what all sweeps have in common. */
final class Sweeper {
  /** For one device; what is left is evicted on its next sweep. */
  private static final Duration EVICTION_BUDGET = Duration.ofSeconds(1);

  private final Host host;
  private final ProbeChooser probes;
  private final Pacing pacing;
  private final Evictor evictor;
  private final MeasuringTime time;

  Sweeper(Host host, MeasuringTime time) {
    this.host = host;
    this.time = time;
    probes = new ProbeChooser(host.kernel());
    pacing = new Pacing(host);
    evictor =
        new Evictor(host.kernel(), host.pause(), host.clock()::nanos, pacing, EVICTION_BUDGET);
  }

  /**
   * Sweeps a device as it is now attached.
   *
   * @param conditions what the host is like
   * @param directIo what to do about direct I/O
   * @throws InterruptedException if the engine is being stopped
   */
  SweepReport sweep(ManagedDevice managed, Conditions conditions, DirectIoMode directIo)
      throws InterruptedException {
    Look look = time.begin(managed);
    try {
      return new Sweep(host, probes, evictor, managed, look, conditions, directIo).run();
    } finally {
      time.end(managed, look);
    }
  }

  /** What its calls of posix_fadvise(2) came to. */
  Pacing.Totals pacing() {
    return pacing.totals();
  }
}
