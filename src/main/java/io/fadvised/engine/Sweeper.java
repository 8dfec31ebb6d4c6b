package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Look;
import io.fadvised.pagecache.ProbeChooser;
import io.fadvised.policy.Conditions;
import java.time.Duration;

/**
 * Sweeps devices, one at a time, with what all sweeps have in common. Only what {@link Sweeping}
 * has in hand is another thread's.
 */
final class Sweeper {
  private final Host host;
  private final ProbeChooser probes;
  private final MeasuringTime time;
  private Pacing pacing;
  private Evictor evictor;

  /**
   * A sweep that a worker is to do.
   *
   * @param device the worker's until the work is done
   */
  record Sweeping(ManagedDevice device, Sweep sweep, Look look, Work<SweepReport> work) {}

  Sweeper(Host host, MeasuringTime time) {
    this.host = host;
    this.time = time;
    probes = new ProbeChooser(host.kernel());
    pacing = new Pacing(host);
    evictor = newEvictor();
  }

  private Evictor newEvictor() {
    return new Evictor(host.kernel(), host.pause(), host.clock()::nanos, pacing);
  }

  /**
   * The sweep of a device as it is now attached.
   *
   * @param conditions what the host is like
   * @param directIo what to do about direct I/O
   * @param evictionTime after which the rest is left for the next sweep
   */
  Sweeping begin(
      ManagedDevice managed, Conditions conditions, DirectIoMode directIo, Duration evictionTime) {
    Look look = time.begin(managed);
    Sweep sweep =
        new Sweep(host, probes, evictor, managed, look, conditions, directIo, evictionTime);
    return new Sweeping(managed, sweep, look, new Work<>(sweep::run));
  }

  /** What came of a sweep that is done. */
  SweepReport end(Sweeping sweeping) throws InterruptedException {
    time.end(sweeping.device(), sweeping.look());
    return sweeping.work().result();
  }

  /** A sweep is not waited for: what it may still use is not used by others. */
  void leaveBehind() {
    pacing = new Pacing(pacing);
    evictor = newEvictor();
  }

  /** What its calls of posix_fadvise(2) came to. */
  Pacing.Totals pacing() {
    return pacing.totals();
  }
}
