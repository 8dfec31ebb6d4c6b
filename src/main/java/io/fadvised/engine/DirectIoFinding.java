package io.fadvised.engine;

import io.fadvised.config.DirectIoMode;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.LoopDirectIo;
import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.RequestCounters;
import io.fadvised.loop.UnreachableException;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.DirectIoTrial;
import io.fadvised.policy.DirectIoTrial.Stage;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The result of examining a device's direct I/O, and of switching it on. A device is examined once
 * for each attachment, and again after its shape or its flag has changed.
 *
 * @param shape of the device when it was examined; empty before
 * @param on whether direct I/O was on
 * @param waiting the condition for switching it on
 * @param words for people; empty if there is nothing to report
 * @param trial the comparison of requests before and after it was switched on
 */
public record DirectIoFinding(
    Optional<Shape> shape, boolean on, Waiting waiting, String words, DirectIoTrial trial) {
  public static final DirectIoFinding NONE =
      new DirectIoFinding(Optional.empty(), false, Waiting.NOTHING, "", DirectIoTrial.NONE);

  static final String INSTEAD = "; evicted instead";

  /** The kernel writes dirty pages before it switches; a slow disk writes 64 MiB in a second. */
  private static final long MAX_UNWRITTEN_BYTES = 64L << 20;

  /** The condition for switching direct I/O on. */
  public enum Waiting {
    /** Direct I/O is on, or is not to be switched on. */
    NOTHING,
    /** It is available, but may not be switched: other settings, or a file of several devices. */
    PERMISSION,
    /** The first window of the trial needs more requests. */
    REQUESTS,
    /** The dirty pages of the file have to be written. */
    WRITEBACK,
    /** The sectors are too small, and the device has to be unused so that they can be set. */
    SECTORS,
    /** It is on, with sectors that were set; the contents made since then have to take them. */
    CONTENTS
  }

  /** The properties of a device that decide whether direct I/O is available. */
  public record Shape(BackingPath path, long offsetBytes, int logicalBlockBytes) {
    static Shape of(LoopDevice device) {
      return of(device, device.logicalBlockBytes());
    }

    static Shape of(LoopDevice device, int logicalBlockBytes) {
      return new Shape(device.backingPath(), device.offsetBytes(), logicalBlockBytes);
    }
  }

  /** Returns the words; empty if the flag was changed since. */
  String wordsFor(LoopDevice device) {
    return device.hasDirectIo() == on ? words : "";
  }

  /**
   * Returns whether direct I/O was off when the device was read, and this finding switched it on.
   */
  boolean isSwitchedOn(LoopDevice device) {
    return on && !device.hasDirectIo();
  }

  /** Returns whether dirty pages have to be written before direct I/O is switched on. */
  boolean isWaitingForWriteback() {
    return waiting == Waiting.WRITEBACK;
  }

  /** Returns whether the sectors are set once the device is unused. */
  boolean isWaitingForSectors() {
    return waiting == Waiting.SECTORS;
  }

  /** Returns whether the device has to be swept soon because of its sectors. */
  boolean isFitting() {
    return waiting == Waiting.SECTORS || waiting == Waiting.CONTENTS;
  }

  /** Returns what remains after a reload: a trial goes on, all else is examined again. */
  DirectIoFinding reloaded(DirectIoMode mode) {
    boolean isTried = trial.stage() != Stage.NONE || waiting == Waiting.CONTENTS;
    return mode == DirectIoMode.ENABLE && isTried ? this : NONE;
  }

  /**
   * Examines the device unless that was done before. Sets the sectors of a device that was just
   * attached if that is necessary. Switches direct I/O on if that is wanted and safe: after a
   * minute with I/O to compare with, or at once if memory is short. Switches it off again if
   * requests became slower.
   *
   * @param switches whether it may be switched
   */
  DirectIoFinding next(
      LoopDirectIo directIo,
      BackingFile backing,
      Residency residency,
      SweepJob job,
      boolean switches,
      long nowNanos) {
    LoopDevice device = job.device();
    if (job.directIoMode() == DirectIoMode.IGNORE) {
      return NONE;
    }
    Optional<Shape> now = Optional.of(Shape.of(device));
    if (shape.equals(now) && on && !device.hasDirectIo()) {
      return new DirectIoFinding(
          shape,
          false,
          Waiting.NOTHING,
          "direct I/O was switched off outside fadvised and stays off",
          trial.ended());
    }
    if (shape.equals(now) && trial.isOver() && !on && device.hasDirectIo()) {
      return new DirectIoFinding(
          shape,
          true,
          Waiting.NOTHING,
          "direct I/O was switched on again outside fadvised and stays on",
          trial);
    }
    boolean isUnchanged = shape.equals(now) && device.hasDirectIo() == on;
    if (isUnchanged && !isDue(switches, job.conditions().pressed(), nowNanos)) {
      return this;
    }
    if (isUnchanged && on) {
      return waiting == Waiting.CONTENTS
          ? SectorFitting.check(this, directIo, backing, job)
          : judge(directIo, backing, job, nowNanos);
    }
    boolean fits = SectorFitting.isPossible(job);
    if (isUnchanged && waiting == Waiting.SECTORS && fits) {
      return SectorFitting.fit(this, directIo, backing, residency, job, switches, nowNanos);
    }
    Optional<RequestCounters> requests = switches ? requests(directIo, job) : Optional.empty();
    if (isUnchanged && isShortOf(requests, nowNanos)) {
      return this; // the storage need not be examined again
    }
    if (trial.isOver() && device.hasDirectIo() == on) {
      return new DirectIoFinding(now, on, Waiting.NOTHING, words, trial);
    }
    Diagnosis diagnosis =
        directIo.diagnose(device, backing, OptionalLong.of(residency.residentBytes()));
    if (trial.isOver() || device.hasDirectIo() || device.directIo().isEmpty()) {
      return examined(device, Waiting.NOTHING, report(diagnosis));
    }
    if (diagnosis.cause() == Cause.SECTOR_SIZE && fits) {
      return SectorFitting.fit(this, directIo, backing, residency, job, switches, nowNanos);
    }
    boolean isAvailable = diagnosis.cause() == Cause.SWITCHED_OFF;
    if (!switches) {
      return examined(
          device, isAvailable ? Waiting.PERMISSION : Waiting.NOTHING, report(diagnosis));
    }
    if (!isAvailable) { // some kernels would accept it all the same
      String instead = diagnosis.cause().isHealthy() ? "" : INSTEAD;
      return examined(device, Waiting.NOTHING, diagnosis.words() + instead);
    }
    return switchOn(directIo, backing, residency, job, requests, nowNanos);
  }

  /** Returns whether there is something to do although the device has not changed. */
  private boolean isDue(boolean switches, boolean pressed, long nowNanos) {
    return switch (waiting) {
      case PERMISSION -> switches;
      case REQUESTS -> !switches || trial.isDue(pressed, nowNanos);
      case SECTORS -> true;
      case CONTENTS -> switches;
      case NOTHING, WRITEBACK -> switches && trial.isDue(pressed, nowNanos);
    };
  }

  /** Reads the requests to compare with; empty if there is no comparison. */
  private static Optional<RequestCounters> requests(LoopDirectIo directIo, SweepJob job) {
    return job.io().counted() && !job.conditions().pressed()
        ? directIo.requests(job.device())
        : Optional.empty();
  }

  private boolean isShortOf(Optional<RequestCounters> requests, long nowNanos) {
    return waiting == Waiting.REQUESTS
        && requests.isPresent()
        && !trial.isMeasured(requests.get(), nowNanos);
  }

  /** A trial that is over is remembered. */
  DirectIoFinding examined(LoopDevice device, Waiting next, String words) {
    return new DirectIoFinding(
        Optional.of(Shape.of(device)),
        device.hasDirectIo(),
        next,
        words,
        trial.isOver() ? trial : DirectIoTrial.NONE);
  }

  private DirectIoFinding switchOn(
      LoopDirectIo directIo,
      BackingFile backing,
      Residency residency,
      SweepJob job,
      Optional<RequestCounters> requests,
      long nowNanos) {
    LoopDevice device = job.device();
    Optional<Shape> now = Optional.of(Shape.of(device));
    if (requests.isPresent() && !trial.isMeasured(requests.get(), nowNanos)) {
      return new DirectIoFinding(
          now,
          false,
          Waiting.REQUESTS,
          "direct I/O is switched on after a minute with 1,000 requests, or if memory becomes short",
          trial.begun(requests.get(), nowNanos));
    }
    if (isUnwritten(residency)) {
      return waitingForWriteback();
    }
    try {
      directIo.set(device, backing, true);
      return new DirectIoFinding(
          now,
          true,
          Waiting.NOTHING,
          "direct I/O switched on by fadvised",
          requests.map(at -> trial.switchedOn(at, nowNanos)).orElse(DirectIoTrial.NONE));
    } catch (KernelException e) {
      return rejected(device, e);
    } catch (UnreachableException e) {
      return NONE; // the next scan finds the present attachment
    }
  }

  static boolean isUnwritten(Residency residency) {
    return residency.dirtyBytes().orElse(0) > MAX_UNWRITTEN_BYTES;
  }

  DirectIoFinding waitingForWriteback() {
    return new DirectIoFinding(
        Optional.empty(),
        false,
        Waiting.WRITEBACK,
        "direct I/O is switched on once less than 64 MiB of the backing file is dirty",
        trial);
  }

  /** Compares the requests since direct I/O was switched on with those before. */
  private DirectIoFinding judge(
      LoopDirectIo directIo, BackingFile backing, SweepJob job, long nowNanos) {
    Optional<RequestCounters> requests = directIo.requests(job.device());
    if (requests.isEmpty()) {
      return this;
    }
    if (job.conditions().pressed()) {
      return with(trial.restarted(requests.get(), nowNanos));
    }
    return switch (trial.verdict(requests.get())) {
      case TOO_FEW_REQUESTS -> this;
      case OTHER_REQUESTS -> with(trial.restarted(requests.get(), nowNanos));
      case NOT_WORSE -> with(trial.ended());
      case WORSE -> switchOff(directIo, backing, job.device(), requests.get());
    };
  }

  private DirectIoFinding with(DirectIoTrial next) {
    return new DirectIoFinding(shape, on, waiting, words, next);
  }

  DirectIoFinding waitingFor(Waiting next) {
    return new DirectIoFinding(shape, on, next, words, trial);
  }

  DirectIoFinding rejected(LoopDevice device, KernelException e) {
    return examined(device, Waiting.NOTHING, "direct I/O rejected: " + e.getMessage() + INSTEAD);
  }

  private DirectIoFinding switchOff(
      LoopDirectIo directIo, BackingFile backing, LoopDevice device, RequestCounters requests) {
    String slower =
        String.format(
            Locale.ROOT,
            "direct I/O made requests slower (%.2f instead of %.2f ms)",
            requests.since(trial.start()).millisPerRequest(),
            trial.before().map(RequestCounters::millisPerRequest).orElse(0.0));
    try {
      directIo.set(device, backing, false);
      return new DirectIoFinding(
          shape,
          false,
          Waiting.NOTHING,
          slower + " and was switched off again by fadvised" + INSTEAD,
          trial.ended());
    } catch (KernelException e) {
      return new DirectIoFinding(
          shape,
          true,
          Waiting.NOTHING,
          slower + ", but stays on: " + e.getMessage(),
          trial.ended());
    } catch (UnreachableException e) {
      return NONE; // the next scan finds the present attachment
    }
  }

  private static String report(Diagnosis diagnosis) {
    return switch (diagnosis.cause()) {
      case DIRECT, KERNEL, BLOCK_DEVICE, IN_MEMORY, COMPRESSED ->
          ""; // reported elsewhere, or not to be changed
      case SWITCHED_OFF ->
          diagnosis.commands().stream() // none if the host's losetup is too old
              .findFirst()
              .map(command -> "direct I/O is available: " + command)
              .orElse(diagnosis.words());
      case SECTOR_SIZE -> "direct I/O needs larger sectors: run \"fadvised doctor\"";
      case DIRECT_BUT_CACHED -> // the reason of the sweep has the figures
          "the file is cached: run \"fadvised doctor\"";
      case CONTENTS, OFFSET, ALIGNMENT, READS_ONLY, FILESYSTEM, ARC, UNSEEN -> diagnosis.words();
    };
  }
}
