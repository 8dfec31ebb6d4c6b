package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.directio.Fit;
import io.fadvised.directio.LoopDirectIo;
import io.fadvised.engine.DirectIoFinding.Shape;
import io.fadvised.engine.DirectIoFinding.Waiting;
import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.DirectIoTrial;
import java.time.Duration;
import java.util.Optional;

/** Gives devices that were just attached the sectors that direct I/O requires, in due time. */
final class SectorFitting {
  /** The time between two attempts to set the sectors, or checks of what is made on the device. */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Whoever attaches a device uses it soon. Later a use may exist that cannot be seen. */
  private static final Duration JUST_ATTACHED = Duration.ofMinutes(1);

  /** mkfs that began before the sectors were set has ended by then. */
  private static final Duration CHECKED = Duration.ofMinutes(10);

  /** mkfs asks for the sectors, and a few milliseconds later holds the device. */
  private static final Duration IDLE = Duration.ofSeconds(5);

  private SectorFitting() {}

  /** Returns whether the device may still be fitted. */
  static boolean isPossible(SweepJob job) {
    return job.directIoMode() == DirectIoMode.ENABLE
        && !job.sharesFile()
        && isFoundWithin(JUST_ATTACHED, job);
  }

  private static boolean isFoundWithin(Duration limit, SweepJob job) {
    return job.sinceFound().filter(since -> since.compareTo(limit) < 0).isPresent();
  }

  /**
   * Sets the sectors, or waits until nobody uses the device.
   *
   * @param earlier the finding so far
   */
  static DirectIoFinding fit(
      DirectIoFinding earlier,
      LoopDirectIo directIo,
      BackingFile backing,
      Residency residency,
      SweepJob job,
      boolean switches,
      long nowNanos) {
    LoopDevice device = job.device();
    if (switches && DirectIoFinding.isUnwritten(residency)) {
      return earlier.waitingForWriteback();
    }
    Optional<RequestCounters> requests = directIo.requests(device);
    DirectIoTrial quiet =
        requests.map(now -> quietSince(earlier.trial(), now, nowNanos)).orElse(DirectIoTrial.NONE);
    boolean idle = requests.isPresent() && nowNanos - quiet.startNanos() >= IDLE.toNanos();
    try {
      Fit fit = directIo.fit(device, backing, idle, switches);
      return switch (fit.state()) {
        case DONE -> fitted(device, fit, true, Waiting.CONTENTS, fit.words());
        case LATER ->
            new DirectIoFinding(
                Optional.of(Shape.of(device)), false, Waiting.SECTORS, fit.words(), quiet);
        case POSSIBLE -> earlier.examined(device, Waiting.NOTHING, fit.words());
        case NEVER ->
            earlier.examined(device, Waiting.NOTHING, fit.words() + DirectIoFinding.INSTEAD);
      };
    } catch (KernelException e) {
      return earlier.rejected(device, e);
    } catch (UnreachableException e) {
      return DirectIoFinding.NONE; // the next scan finds the present attachment
    }
  }

  /** Returns a window that began when the requests changed last. */
  private static DirectIoTrial quietSince(
      DirectIoTrial earlier, RequestCounters now, long nowNanos) {
    return earlier.stage() == DirectIoTrial.Stage.BEFORE && earlier.start().equals(now)
        ? earlier
        : DirectIoTrial.NONE.begun(now, nowNanos);
  }

  /** Checks what was made on a device whose sectors were set, and sets them back if necessary. */
  static DirectIoFinding check(
      DirectIoFinding earlier, LoopDirectIo directIo, BackingFile backing, SweepJob job) {
    if (!isFoundWithin(CHECKED, job)) {
      return earlier.waitingFor(Waiting.NOTHING);
    }
    try {
      Fit fit = directIo.check(job.device(), backing);
      return switch (fit.state()) {
        case DONE, POSSIBLE -> earlier.waitingFor(Waiting.NOTHING);
        case LATER -> earlier;
        case NEVER ->
            fitted(
                job.device(), fit, false, Waiting.NOTHING, fit.words() + DirectIoFinding.INSTEAD);
      };
    } catch (KernelException | UnreachableException e) {
      return earlier; // the next sweep tries again
    }
  }

  private static DirectIoFinding fitted(
      LoopDevice device, Fit fit, boolean on, Waiting waiting, String words) {
    return new DirectIoFinding(
        Optional.of(Shape.of(device, fit.sectorBytes())), on, waiting, words, DirectIoTrial.NONE);
  }
}
