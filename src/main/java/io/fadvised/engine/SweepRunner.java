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
 * Runs sweeps and measurements on workers, one at a time, and keeps the hung ones: their devices
 * and all others on the same filesystem are skipped until they return. Owned by the engine's
 * thread.
 */
public final class SweepRunner {
  /**
   * A sweep takes at most a second unless a call hangs. A worker that makes no progress for this
   * long is left behind, so that a hung filesystem delays other devices by this long, once.
   */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * Maximum number of hung workers. At the limit, only devices that have completed a sweep are
   * scheduled: a tenant who can hang filesystems must not take a thread for each.
   */
  private static final int MAX_HUNG = 16;

  /**
   * Hung sweeps.
   *
   * @param waiting sweeps that are hung now
   * @param abandoned sweeps that were left behind since the start
   */
  public record Totals(int waiting, long abandoned) {
    public static final Totals ZERO = new Totals(0, 0);
  }

  /** A sweep on a worker, hung or not. */
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

  /** Returns the time until the next eviction may begin, on any device. */
  Duration remainingRest() {
    return evictor.remainingRest();
  }

  /**
   * Sweeps or only measures a device.
   *
   * @return empty if the worker hung and was left behind
   */
  Optional<SweepReport> sweep(Device device, SweepJob job) throws InterruptedException {
    long now = host.clock().nanos();
    Sweeper sweeper = new Sweeper(host, evictor, job, device.start(job, now), device.filesystem());
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
   * Ends the sweep of a changed device after its present call, since its filesystem may be about to
   * be unmounted. Safe for any thread.
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

  /** Removes and returns the hung sweeps that have returned. */
  List<Running> takeReturned() {
    List<Running> returned = hung.stream().filter(running -> running.work().isDone()).toList();
    hung.removeAll(returned);
    return returned;
  }

  /** Updates the reasons of hung devices with the time since they stopped responding. */
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

  /** Returns why a device must not be swept now; empty if it may be. */
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

  Totals totals() {
    return new Totals(hung.size(), abandoned);
  }

  /** Returns pace and cost of the calls of posix_fadvise(2). */
  Pacing.Totals pacing() {
    return pacing.totals();
  }

  /** Returns the hung filesystem; a guess is repeated, since the mount table may be newer now. */
  private OptionalLong blamed(Running running) {
    OpeningStep step = running.sweeper().step();
    return step.guessed()
        ? host.opener().likelyFilesystem(running.device().attachment())
        : step.filesystem();
  }

  /** Returns the filesystem without a call into it: a guess before a sweep has opened the file. */
  private OptionalLong filesystemOf(Device device) {
    OptionalLong known = device.filesystem();
    return known.isPresent() ? known : host.opener().likelyFilesystem(device.attachment());
  }
}
