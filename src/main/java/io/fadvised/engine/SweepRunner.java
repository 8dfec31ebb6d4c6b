package io.fadvised.engine;

import io.fadvised.loop.OpeningStep;
import io.fadvised.pagecache.Evictor;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Has workers sweep devices, one at a time, and keeps the sweeps that hang: their devices and all
 * others on the same filesystem are left alone until they return. Owned by the engine's thread.
 */
public final class SweepRunner {
  /**
   * A sweep takes a second at most where calls return. A worker that makes no progress for longer
   * than this is left behind, so that a filesystem that hangs costs the others this long, once.
   */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * Hung workers. At the limit, only devices that have completed a sweep are scheduled: a tenant
   * who can hang filesystems must not take a thread for each.
   */
  private static final int MAX_HUNG = 16;

  /**
   * Hung sweeps.
   *
   * @param waiting sweeps that hang now
   * @param abandoned sweeps that were left behind since the start
   */
  public record Totals(int waiting, long abandoned) {
    public static final Totals ZERO = new Totals(0, 0);
  }

  /** A sweep that a worker does, or hangs in. */
  record Running(Device device, Sweeper sweeper, Work<SweepReport> work, long sinceNanos) {}

  private final Host host;
  private final List<Running> hung = new ArrayList<>();
  private Pacing pacing;
  private Evictor evictor;
  private long abandoned;
  private volatile @Nullable Sweeper current;

  SweepRunner(Host host) {
    this.host = host;
    pacing = new Pacing(host);
    evictor = newEvictor();
  }

  private Evictor newEvictor() {
    return new Evictor(host.kernel(), host.pause(), host.clock()::nanos, pacing);
  }

  /** Time until the next eviction may begin, on whatever device. */
  Duration remainingRest() {
    return evictor.remainingRest();
  }

  /**
   * Sweeps a device.
   *
   * @return empty if the worker hangs and was left behind
   */
  Optional<SweepReport> sweep(Device device, SweepJob job) throws InterruptedException {
    long now = host.clock().nanos();
    Sweeper sweeper = new Sweeper(host, evictor, job, device.startSweep(now), device.filesystem());
    Work<SweepReport> work = new Work<>(sweeper::run);
    Running running = new Running(device, sweeper, work, now);
    current = sweeper;
    try {
      host.workers().run(work, PATIENCE);
      if (work.isDone()) {
        return Optional.of(work.result());
      }
    } catch (InterruptedException e) { // the engine is being stopped
      if (work.isDone()) {
        device.sweepFailed();
      }
      throw e;
    } finally {
      current = null;
      if (!work.isDone()) {
        leaveBehind(running);
      }
    }
    return Optional.empty();
  }

  /**
   * Has the sweep of a changed device end after its present call: its file may be about to be
   * unmounted. Safe for any thread.
   */
  void endSweepOf(Collection<String> changed) {
    Sweeper now = current;
    if (now != null && changed.contains(now.device())) {
      now.abandon();
    }
  }

  private void leaveBehind(Running running) {
    running.sweeper().abandon();
    pacing = new Pacing(pacing); // the hung worker may still use the other one
    evictor = newEvictor();
    hung.add(running);
    abandoned++;
    explain(running);
  }

  /** The sweeps that have returned; they are not kept any more. */
  List<Running> takeReturned() {
    List<Running> returned = hung.stream().filter(running -> running.work().isDone()).toList();
    hung.removeAll(returned);
    return returned;
  }

  /** Updates how long the hung devices have not responded. */
  void explainHung() {
    hung.forEach(this::explain);
  }

  private void explain(Running running) {
    Duration time = Duration.ofNanos(host.clock().nanos() - running.sinceNanos());
    running
        .device()
        .hang(
            new Reason(
                Reason.Code.NOT_RESPONDING,
                "not responding for %d s while %s, skipped until it responds"
                    .formatted(time.toSeconds(), running.sweeper().step().words())));
  }

  /** Why a device is not to be swept now; empty if it may be. */
  Optional<Reason> reasonAgainst(Device device) {
    if (hung.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong filesystem = filesystemOf(device);
    for (Running running : hung) {
      if (filesystem.isPresent() && filesystem.equals(blamed(running))) {
        return Optional.of(
            new Reason(
                Reason.Code.NOT_RESPONDING,
                "on the filesystem of "
                    + running.device().name()
                    + ", which is not responding; skipped until it responds"));
      }
    }
    return hung.size() >= MAX_HUNG && !device.hasBeenSwept()
        ? Optional.of(
            new Reason(
                Reason.Code.NOT_RESPONDING,
                hung.size() + " other sweeps are hung; waiting until one of them returns"))
        : Optional.empty();
  }

  boolean isAnyHung() {
    return !hung.isEmpty();
  }

  Totals totals() {
    return new Totals(hung.size(), abandoned);
  }

  /** Pace and cost of the calls of posix_fadvise(2). */
  Pacing.Totals pacing() {
    return pacing.totals();
  }

  /** By now the mount table has what was mounted just before the sweep. */
  private OptionalLong blamed(Running running) {
    OpeningStep step = running.sweeper().step();
    return step.guessed()
        ? host.opener().likelyFilesystem(running.device().attachment())
        : step.filesystem();
  }

  /** Without a call into the filesystem: a guess before a sweep has opened the file. */
  private OptionalLong filesystemOf(Device device) {
    OptionalLong known = device.filesystem();
    return known.isPresent() ? known : host.opener().likelyFilesystem(device.attachment());
  }
}
