package io.fadvised.engine;

import io.fadvised.config.DevicePolicy;
import io.fadvised.config.DeviceSelection;
import io.fadvised.config.DeviceSelection.Verdict;
import io.fadvised.config.Devices;
import io.fadvised.config.Settings;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.FileNames;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Allowance;
import io.fadvised.policy.Backoff;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Durations;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Payer;
import io.fadvised.policy.Reason;
import io.fadvised.policy.SweepPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The engine's state of one attachment. It never leaves the engine's thread: a worker gets a {@link
 * SweepJob} and returns a {@link SweepReport}.
 */
final class Device {
  /** An eviction that released less than this fraction of the resident bytes is stuck. */
  private static final double STUCK_SHARE = 0.1;

  private static final Reason NOT_SWEPT = new Reason(Reason.Code.NEW, "not swept yet");

  private static final Reason RESPONDS =
      new Reason(Reason.Code.NEW, "responds again, not swept since");

  /** mincore counts this in 5 ms. */
  private static final long CHEAP_BYTES = 256L << 20;

  /** The part of a file behind a device: devices with equal parts share its lower cache. */
  record FileShare(FileIdentity file, long offsetBytes, long sizeBytes) {}

  private LoopDevice attachment;
  private FileNames names;

  /** The names that the settings were applied to. */
  private List<String> appliedTo = List.of();

  /** Excluded by the names known so far; the next sweep opens the file to read the others. */
  private boolean undecided;

  private DevicePolicy policy;
  private Reason reason = NOT_SWEPT;
  private boolean lead;
  private boolean inDoubt;
  private final boolean foundAtStart;
  private final long foundAtNanos;
  private boolean replaced;

  // results of sweeps
  private final SweepMemory memory;
  private Optional<Residency> residency = Optional.empty();
  private Optional<SweepReport.FileFound> file = Optional.empty();
  private Optional<FileShare> share = Optional.empty();
  private Optional<Instant> lastSweep = Optional.empty();
  private FillRate fill = FillRate.ZERO;
  private Backoff backoff = Backoff.NONE;
  private DirectIoFinding directIo = DirectIoFinding.NONE;
  private DeviceTotals totals = DeviceTotals.ZERO;
  private long outBytes;
  private boolean cutShort;
  private boolean stuck;

  private Figure figure = Figure.NONE;

  // state of this tick
  private DeviceIo io = DeviceIo.NONE;
  private boolean active;
  private boolean uncounted;
  private boolean restartsCount;
  private Allowance allowance = Allowance.NONE;
  private Duration minInterval;
  private List<Payer> payers = List.of();

  private @Nullable DeviceReport report;

  private final DeviceTimes times;
  private boolean sweeping;

  /**
   * @param foundAtStart whether it may have been attached before the engine was started
   */
  Device(LoopDevice attachment, Settings settings, boolean foundAtStart, long nowNanos) {
    this.attachment = attachment;
    this.foundAtStart = foundAtStart;
    foundAtNanos = nowNanos;
    names = FileNames.of(attachment);
    policy = settings.forDevice(attachment.name(), names.texts());
    minInterval = policy.interval().min();
    times = new DeviceTimes(minInterval, nowNanos);
    memory = new SweepMemory(attachment.name().hashCode(), nowNanos);
    select(settings);
  }

  LoopDevice attachment() {
    return attachment;
  }

  String name() {
    return attachment.name();
  }

  DevicePolicy policy() {
    return policy;
  }

  Reason reason() {
    return reason;
  }

  DeviceState state() {
    return DeviceState.of(reason.code());
  }

  /** Sets the reason why the device is left alone, unless it is excluded. */
  void explain(Reason why) {
    if (!isExcluded()) {
      reason = why;
    }
  }

  boolean isExcluded() {
    return reason.code() == Reason.Code.EXCLUDED;
  }

  /** Returns whether the device is swept, or has to be opened to learn whether it is excluded. */
  boolean isManaged() {
    return !isExcluded() || undecided;
  }

  /** Returns whether the device has, or may have, lower cache that can be evicted. */
  boolean countsTowardsBudget() {
    if (reason.code() == Reason.Code.COMPRESSED) {
      return false;
    }
    return switch (state()) {
      case NEW -> !attachment.hasDirectIo();
      case MANAGED, IDLE, FAILED -> true;
      case PAUSED,
          SHARED,
          DIRECT,
          EXCLUDED,
          BLOCK_DEVICE,
          IN_MEMORY,
          DELETED,
          UNREACHABLE,
          QUARANTINED ->
          false;
    };
  }

  // ---- attachment, patterns, shared files

  /** Takes over the attributes that change while attached. Equal ones share their memory. */
  void refresh(LoopDevice found) {
    attachment = found.equals(attachment) ? attachment : found;
    names = names.labelled(found.backingPath());
    inDoubt = false;
    updateShare();
  }

  /** Returns whether the settings have to be applied again because the file has other names now. */
  boolean needsSettings() {
    return !names.texts().equals(appliedTo) || (undecided && names.confirmed());
  }

  /** Returns whether the next scan has to read the device in full. */
  boolean isInDoubt() {
    return inDoubt;
  }

  /** Records that the device could not be read; a sweep waits for the next scan. */
  void doubt(long nowNanos) {
    inDoubt = true;
    times.postpone(nowNanos + policy.interval().min().toNanos());
  }

  /** Returns whether the device is attached to another file, so that this object is outdated. */
  boolean isReplaced() {
    return replaced;
  }

  /**
   * Records that a sweep has found another attachment. Without a diskseq sysfs does not show it.
   */
  void changed() {
    replaced = attachment.diskSequence().isEmpty();
  }

  /** Applies settings to the present names of the file, and makes the device due at once. */
  void apply(Settings settings, long nowNanos) {
    policy = settings.forDevice(name(), names.texts());
    directIo = directIo.reloaded(settings.directIo());
    if (!sweeping) {
      memory.streams = Optional.empty(); // may be outdated
    }
    select(settings);
    times.makeDue(nowNanos);
  }

  private void select(Settings settings) {
    appliedTo = names.texts();
    DeviceSelection selection = settings.devices().selection(name(), appliedTo);
    undecided = !names.confirmed() && isUndecided(selection, settings.devices());
    if (selection.included()) {
      reason = NOT_SWEPT;
    } else {
      reason = new Reason(Reason.Code.EXCLUDED, selection.reason());
      forgetResidency(); // not in the sum any more
    }
  }

  /** Until the file is opened it may have another name that includes it, or have lost one. */
  private boolean isUndecided(DeviceSelection selection, Devices patterns) {
    List<String> label = List.of(names.label().matchingText());
    return switch (selection.verdict()) {
      case INCLUDED -> false;
      case UNMATCHED -> patterns.includesPaths();
      case EXCLUDED -> patterns.selection(name(), label).verdict() != Verdict.EXCLUDED;
    };
  }

  /** Returns the number of the file's filesystem; empty before a sweep has opened the file. */
  OptionalLong filesystem() {
    return file.stream().mapToLong(SweepReport.FileFound::filesystem).findFirst();
  }

  private Optional<FileIdentity> file() {
    return file.map(SweepReport.FileFound::identity);
  }

  /**
   * Returns the part of the backing file behind the device; empty before a sweep. It is the same
   * object while nothing changes.
   */
  Optional<FileShare> fileShare() {
    return isExcluded() ? Optional.empty() : share;
  }

  private void updateShare() {
    Optional<FileShare> now =
        file().map(same -> new FileShare(same, attachment.offsetBytes(), attachment.sizeBytes()));
    share = now.equals(share) ? share : now;
  }

  /** Makes this device a follower: its file is swept with another device. */
  void follow(Device other) {
    reason =
        new Reason(Reason.Code.SHARED, "same backing file as " + other.name() + ", swept there");
    forgetResidency(); // counted with the other device
  }

  /** Ends being a follower. */
  void unfollow(long nowNanos) {
    if (isFollower()) {
      reason = NOT_SWEPT;
      times.makeDue(nowNanos);
    }
  }

  boolean isFollower() {
    return reason.code() == Reason.Code.SHARED;
  }

  void setLead(boolean isLead) {
    lead = isLead;
  }

  // ---- I/O, payers and allowance

  /** Sets the cgroups that pay for the lower cache and are at their limits. */
  void setPayers(List<Payer> now) {
    payers = now;
  }

  List<Payer> payers() {
    return payers;
  }

  /** Returns the conditions of the host and of the payers: the shortest memory counts. */
  Conditions conditions(Conditions ofHost) {
    return payers.isEmpty() ? ofHost : ofHost.and(payers); // no iterator for most devices
  }

  /** Sets whether the kernel does not count the device's I/O (iostats=0). */
  void setUncounted(boolean isUncounted) {
    uncounted = isUncounted;
    if (isUncounted) {
      io = io.withCounters(io.now(), false); // the sweep that follows must know
    }
  }

  /** Records the I/O counters of this tick. */
  void setCounters(IoCounters counters, boolean counted) {
    io = io.withCounters(counters, counted && !uncounted);
    if (restartsCount) {
      io = io.swept();
      figure = figure.recounted();
      restartsCount = false;
      times.want();
    }
    active = !io.isNone();
  }

  /** Restarts counting: other devices' I/O has been added to its file's, or removed. */
  void restartCount() {
    restartsCount = true;
  }

  /** Returns whether there is no I/O; without counters, whether the lower cache does not fill. */
  boolean seemsIdle() {
    return io.counted() ? !active : fill.bytesPerSecond() == 0;
  }

  /** Grants an allowance of the host's budget. */
  void allow(Allowance now) {
    allowance = now;
    minInterval = policy.interval().min();
  }

  /**
   * Grants an allowance of a container's budget.
   *
   * @param devices number of devices of such containers
   */
  void allowWithin(Payer payer, Allowance now, int devices) {
    allowance = now;
    minInterval =
        SweepPolicy.containerInterval(policy.interval().min(), payer.limitBytes(), devices);
  }

  Allowance allowance() {
    return allowance;
  }

  long residentBytes() {
    return residency.isPresent() ? residency.get().residentBytes() : 0; // not boxed
  }

  /** Returns the upper bound of the resident bytes: all I/O since the last sweep was cached. */
  long maxResidentBytes() {
    return io.counted() && !attachment.hasDirectIo()
        ? residentBytes() + io.maxAddedBytes()
        : residentBytes();
  }

  /** Returns the evicted bytes that were not read back, limited to the bytes not resident. */
  long outBytes() {
    return Math.max(0, Math.min(outBytes, attachment.sizeBytes() - residentBytes()));
  }

  // ---- figures for reports

  Figure figure() {
    return figure;
  }

  /**
   * Returns whether the device has to be measured for a report: it may have had I/O since it was
   * measured, it was never measured, or pages were waiting to be written.
   *
   * @param sinceNanos a figure from this time on is current even if I/O is not counted
   */
  boolean needsMeasuring(long sinceNanos) {
    if (isExcluded() || isFollower() || sweeping) {
      return false;
    }
    return figure.isPresent()
        ? figure.isOutdated(io, sinceNanos)
            || (figure.isBeingWritten() && figure.isMeasuredBefore(sinceNanos))
        : state() == DeviceState.NEW;
  }

  /** Returns whether a measurement may cost as much as that of many others. */
  boolean isCostlyToMeasure() {
    return attachment.sizeBytes() > CHEAP_BYTES
        && file.flatMap(SweepReport.FileFound::probe).equals(Optional.of("mincore"));
  }

  /**
   * Takes over a measurement between two sweeps. It changes what is reported and nothing that the
   * next sweep decides by. A measurement that failed keeps the last figure.
   */
  void measured(SweepJob job, SweepReport report, long nowNanos, Instant at) {
    sweeping = false;
    if (isExcluded() || isFollower() || report.after().isEmpty()) {
      return;
    }
    file = report.file();
    updateShare();
    figure = Figure.of(report.after(), at, nowNanos, job.io().now());
    if (state() == DeviceState.QUARANTINED) {
      reason = RESPONDS;
    }
  }

  // ---- schedule

  DeviceTimes times() {
    return times;
  }

  /** Returns whether the last sweep has measured the residency. */
  boolean isMeasured() {
    return residency.isPresent();
  }

  boolean hasBeenSwept() {
    return lastSweep.isPresent();
  }

  /** Returns whether a worker is sweeping the device. */
  boolean isSweeping() {
    return sweeping;
  }

  /**
   * Returns whether a sweep must not be late: the device has I/O and may exceed its allowance, or
   * waits for its sectors.
   */
  boolean isBusy() {
    return countsTowardsBudget()
        && (active || fill.bytesPerSecond() > 0 || directIo.isWaitingForSectors());
  }

  /** Returns whether the device exceeds its allowance, or may exceed it by now. */
  boolean isOverAllowance() {
    boolean knownByDryRun = io.isNone() && reason.code() == Reason.Code.DRY_RUN;
    return isMeasured()
        && countsTowardsBudget()
        && !knownByDryRun
        && allowance.isExceededBy(maxResidentBytes());
  }

  /**
   * Returns whether the device is to be swept in this tick.
   *
   * @param ofHost its conditions
   */
  boolean isDue(Conditions ofHost, long nowNanos) {
    if (!isManaged() || isFollower() || sweeping) {
      return false;
    }
    boolean pressed = conditions(ofHost).pressed();
    if (times.isHeldBack(pressed, nowNanos)) {
      return false;
    }
    if (times.isUp(nowNanos)) {
      return true;
    }
    if (backoff.isPaused(pressed, nowNanos)) {
      return false;
    }
    boolean pauseEnded = reason.code() == Reason.Code.PAUSED && !io.isNone();
    boolean ampleEnded = reason.code() == Reason.Code.COMPRESSED && pressed;
    boolean unknown = pressed && !io.counted() && isMeasured();
    return pauseEnded || ampleEnded || unknown || isOverAllowance();
  }

  /**
   * Returns whether a sweep that is due only serves to notice other programs that read the file.
   */
  boolean isRoutine() {
    return !times.isWanted()
        && !cutShort
        && !stuck
        && io.isNone()
        && fill.bytesPerSecond() == 0
        && !isOverAllowance();
  }

  /**
   * Starts a sweep or a measurement, and returns the memory, which the worker holds until it ends.
   */
  SweepMemory start(SweepJob job, long nowNanos) {
    sweeping = true;
    if (!job.onlyMeasures()) {
      times.serve(nowNanos);
    }
    return memory;
  }

  SweepJob job(
      Settings settings,
      Conditions conditions,
      Duration slice,
      Duration measuringSlice,
      boolean onlyMeasures,
      long nowNanos) {
    return new SweepJob(
        attachment,
        attachment.diskSequence().isPresent() ? Optional.empty() : file(),
        names,
        settings,
        policy,
        lead,
        allowance,
        conditions(conditions),
        io,
        residency,
        hasBeenSwept() ? OptionalLong.of(times.sinceSweptNanos(nowNanos)) : OptionalLong.empty(),
        cutShort,
        fill,
        backoff,
        directIo,
        slice,
        measuringSlice,
        foundAtStart ? Optional.empty() : Optional.of(Duration.ofNanos(nowNanos - foundAtNanos)),
        onlyMeasures);
  }

  /** Records that a sweep of the device, or of its filesystem, is hung: residency is unknown. */
  void hang(Reason why) {
    explain(why);
    forgetResidency();
  }

  private void forgetResidency() {
    residency = Optional.empty();
    figure = figure.forgotten();
  }

  /** Records that the sweep ended without a report. */
  void sweepFailed() {
    sweeping = false;
  }

  /** Takes over the result of a sweep. */
  void swept(SweepJob job, SweepReport report, long nowNanos, Instant at) {
    sweeping = false;
    boolean first = lastSweep.isEmpty();
    names = report.names();
    reason = undecided && !names.confirmed() ? reason : report.reason();
    residency = isExcluded() ? Optional.empty() : report.after();
    file = report.file();
    updateShare();
    lastSweep = Optional.of(at);
    figure = Figure.of(residency, at, nowNanos, job.io().now());
    fill = report.fill();
    backoff = report.backoff();
    directIo = report.directIo();
    outBytes = report.outBytes();
    totals = totals.withSweep(report, first);
    io = io.swept();
    cutShort = report.isCutShort();
    boolean wasStuck = stuck;
    stuck = report.eviction().map(Device::isStuck).orElse(false);
    if (cutShort) {
      times.cutShort(nowNanos);
      return;
    }
    Duration min = SweepPolicy.minInterval(minInterval, report.measuring());
    Duration next = nextInterval(report, wasStuck, min);
    times.swept(stuck ? next : min, next, stuck && !job.conditions().pressed(), nowNanos);
  }

  private Duration nextInterval(SweepReport report, boolean wasStuck, Duration min) {
    Duration max = policy.interval().max();
    if (!isMeasured()) {
      return reason.code() == Reason.Code.CHANGED ? min : max;
    }
    if (reason.code() == Reason.Code.PAUSED || reason.code() == Reason.Code.COMPRESSED) {
      return max;
    }
    if (directIo.isWaitingForWriteback()) {
      return Durations.min(min.multipliedBy(1L << memory.forcedWrites), max);
    }
    if (directIo.isFitting()) {
      return Durations.min(Durations.max(min, SectorFitting.INTERVAL), max);
    }
    if (stuck) {
      return SweepPolicy.doubled(wasStuck ? times.interval() : min, max);
    }
    if (reason.code() == Reason.Code.SKIPPED
        || (backoff.isCareful() && report.decision().evicts())) {
      return SweepPolicy.doubled(min, max);
    }
    return SweepPolicy.interval(residentBytes(), allowance.bytes(), fill, min, max);
  }

  private static boolean isStuck(Eviction eviction) {
    if (!eviction.before().isExact()) { // maybe only a part was advised
      return eviction.releasedBytes() == 0 && !eviction.cutShort();
    }
    return eviction.releasedBytes() < STUCK_SHARE * eviction.before().residentBytes()
        && !eviction.isWaitingForDisk()
        && !eviction.cutShort();
  }

  // ---- report

  DeviceTotals totals() {
    return totals;
  }

  /** Returns the report for an event of this device. */
  DeviceReport report() {
    return report(figure.atNanos());
  }

  /**
   * Returns the report: the same object while nothing changes, since most of thousands of devices
   * are idle.
   *
   * @param sinceNanos a figure from this time on is current even if I/O is not counted
   */
  DeviceReport report(long sinceNanos) {
    DeviceReport known = report;
    if (known == null || !isCurrent(known, sinceNanos)) {
      known = newReport(sinceNanos);
      report = known;
    }
    assert known.equals(newReport(sinceNanos)) : "isCurrent leaves something out";
    return known;
  }

  private DeviceReport newReport(long sinceNanos) {
    return new DeviceReport(
        attachment,
        state(),
        reason,
        figure.residency(),
        figure.at(),
        figure.isOutdated(io, sinceNanos),
        file.flatMap(SweepReport.FileFound::probe),
        file.map(SweepReport.FileFound::foundBy),
        allowance.bytes(),
        payers.stream().map(Payer::cgroup).toList(),
        fill,
        times.interval(),
        lastSweep,
        directIo.wordsFor(attachment),
        totals,
        outBytes());
  }

  private boolean isPaidBy(List<String> cgroups) {
    return payers.isEmpty()
        ? cgroups.isEmpty()
        : payers.stream().map(Payer::cgroup).toList().equals(cgroups);
  }

  /** The parts that are left out change with a measurement, as its time does. */
  private boolean isCurrent(DeviceReport known, long sinceNanos) {
    return known.device().equals(attachment)
        && known.reason().equals(reason)
        && known.residency().equals(figure.residency())
        && known.measuredAt().equals(figure.at())
        && known.isOutdated() == figure.isOutdated(io, sinceNanos)
        && known.allowanceBytes() == allowance.bytes()
        && isPaidBy(known.payers())
        && known.fill().equals(fill)
        && known.interval().equals(times.interval())
        && known.lastSweep().equals(lastSweep)
        && known.directIo().equals(directIo.wordsFor(attachment))
        && known.totals().equals(totals)
        && known.outBytes() == outBytes();
  }
}
