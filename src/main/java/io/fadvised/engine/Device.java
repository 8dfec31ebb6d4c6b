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
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Reason;
import io.fadvised.policy.SweepPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the engine knows of one attachment. It never leaves the engine's thread: a worker gets a
 * {@link SweepJob} and answers with a {@link SweepReport}.
 */
final class Device {
  /** An eviction that released less than this part of what was resident is stuck. */
  private static final double STUCK_SHARE = 0.1;

  private static final Reason NOT_SWEPT = new Reason(Reason.Code.NEW, "not swept yet");

  /** The part of a file that a device shows: devices with the same one share its lower cache. */
  record FileShare(FileIdentity file, long offsetBytes, long sizeBytes) {}

  private LoopDevice attachment;
  private FileNames names;

  /** The names that the settings were applied to. */
  private List<String> appliedTo = List.of();

  /** Excluded by the names that are known; the next sweep opens the file to learn the others. */
  private boolean undecided;

  private DevicePolicy policy;
  private Reason reason = NOT_SWEPT;
  private boolean lead;
  private boolean inDoubt;

  // Learnt from sweeps
  private final SweepMemory memory;
  private Optional<Residency> residency = Optional.empty();
  private Optional<SweepReport.FileFound> file = Optional.empty();
  private Optional<Instant> lastSweep = Optional.empty();
  private FillRate fill = FillRate.ZERO;
  private Backoff backoff = Backoff.NONE;
  private DirectIoFinding directIo = DirectIoFinding.NONE;
  private DeviceTotals totals = DeviceTotals.ZERO;
  private long outBytes;
  private boolean cutShort;
  private boolean stuck;
  private boolean stuckWhileCalm;

  // As of this tick
  private DeviceIo io = DeviceIo.NONE;
  private boolean active;
  private boolean uncounted;
  private boolean countsAnew;
  private Allowance allowance = Allowance.NONE;

  // When it is swept next
  private boolean sweeping;
  private boolean wanted = true;
  private Duration interval;
  private long sweptAtNanos;
  private long servedAtNanos;
  private long notBeforeNanos;
  private long dueAtNanos;

  Device(LoopDevice attachment, Settings settings, long nowNanos) {
    this.attachment = attachment;
    names = FileNames.of(attachment);
    policy = settings.forDevice(attachment.name(), names.texts());
    interval = policy.interval().min();
    sweptAtNanos = nowNanos;
    servedAtNanos = nowNanos; // a device that is attached anew goes to the end of the line
    notBeforeNanos = nowNanos;
    dueAtNanos = nowNanos;
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

  /** Sets why nothing is done about it. */
  void explain(Reason why) {
    if (!isExcluded()) {
      reason = why;
    }
  }

  boolean isExcluded() {
    return reason.code() == Reason.Code.EXCLUDED;
  }

  /** Returns whether it is swept, or has to be opened to learn whether it is. */
  boolean isManaged() {
    return !isExcluded() || undecided;
  }

  /** Returns whether it has, or may have, lower cache that can be evicted. */
  boolean takesShare() {
    return switch (state()) {
      case NEW, MANAGED, IDLE, FAILED -> true;
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

  /** Takes over the attributes that change while attached. */
  void refresh(LoopDevice seen) {
    attachment = seen;
    names = names.labelled(seen.backingPath());
    inDoubt = false;
  }

  /**
   * Returns whether the settings have to be applied again, since the file has other names by now.
   */
  boolean needsSettings() {
    return !names.texts().equals(appliedTo) || (undecided && names.confirmed());
  }

  /** Returns whether the next scan has to read it in full. */
  boolean isInDoubt() {
    return inDoubt;
  }

  /** It could not be read: not swept before a scan has found out what it is. */
  void doubt(long nowNanos) {
    inDoubt = true;
    postpone(nowNanos + policy.interval().min().toNanos());
  }

  /** Applies settings, or the same settings to another name of the file; due at once. */
  void apply(Settings settings, long nowNanos) {
    policy = settings.forDevice(name(), names.texts());
    directIo = DirectIoFinding.NONE;
    if (!sweeping) {
      memory.streams = Optional.empty(); // where they were may be long ago
    }
    select(settings);
    makeDue(nowNanos);
  }

  private void select(Settings settings) {
    appliedTo = names.texts();
    DeviceSelection selection = settings.devices().selection(name(), appliedTo);
    undecided = !names.confirmed() && isUndecided(selection, settings.devices());
    if (selection.included()) {
      reason = NOT_SWEPT;
    } else {
      reason = new Reason(Reason.Code.EXCLUDED, selection.reason());
      residency = Optional.empty(); // no longer part of the sum
    }
  }

  /** Before its file was opened it may have a name that includes it, or have lost one. */
  private boolean isUndecided(DeviceSelection selection, Devices patterns) {
    List<String> label = List.of(names.label().matchingText());
    return switch (selection.verdict()) {
      case INCLUDED -> false;
      case UNMATCHED -> patterns.includesPaths();
      case EXCLUDED -> patterns.selection(name(), label).verdict() != Verdict.EXCLUDED;
    };
  }

  /** The number of its filesystem; empty before a sweep has opened the file. */
  OptionalLong filesystem() {
    return file.stream().mapToLong(SweepReport.FileFound::filesystem).findFirst();
  }

  private Optional<FileIdentity> file() {
    return file.map(SweepReport.FileFound::identity);
  }

  /** The part of the backing file that it shows; empty before that is known. */
  Optional<FileShare> fileShare() {
    return isExcluded()
        ? Optional.empty()
        : file().map(same -> new FileShare(same, attachment.offsetBytes(), attachment.sizeBytes()));
  }

  /** Leaves the sweeping of a file that two devices show to the other one. */
  void follow(Device other) {
    reason =
        new Reason(Reason.Code.SHARED, "same backing file as " + other.name() + ", swept there");
    residency = Optional.empty(); // counted there
  }

  /** Has its file swept under its own name again. */
  void unfollow(long nowNanos) {
    if (isFollower()) {
      reason = NOT_SWEPT;
      makeDue(nowNanos);
    }
  }

  boolean isFollower() {
    return reason.code() == Reason.Code.SHARED;
  }

  void setLead(boolean isLead) {
    lead = isLead;
  }

  // ---- I/O and allowance

  /** Returns whether the kernel was told not to count its I/O. */
  void setUncounted(boolean isUncounted) {
    uncounted = isUncounted;
  }

  /** Records its counters at this tick. */
  void see(IoCounters counters, boolean counted) {
    io = io.seen(counters, counted && !uncounted);
    if (countsAnew) {
      io = io.swept();
      countsAnew = false;
      wanted = true;
    }
    active = !io.isNone();
  }

  /** Other devices' I/O belongs to its file now, or no longer does. */
  void countAnew() {
    countsAnew = true;
  }

  DeviceIo io() {
    return io;
  }

  /** Returns whether it seems to rest, as far as that shows where I/O is not counted. */
  boolean rests() {
    return io.counted() ? !active : fill.bytesPerSecond() == 0;
  }

  void allow(Allowance now) {
    allowance = now;
  }

  Allowance allowance() {
    return allowance;
  }

  long residentBytes() {
    return residency.map(Residency::residentBytes).orElse(0L);
  }

  /** Resident bytes, if all of its I/O since the last sweep went through the page cache. */
  long maxResidentBytes() {
    return io.counted() && !attachment.hasDirectIo()
        ? residentBytes() + io.maxAddedBytes()
        : residentBytes();
  }

  /** Bytes evicted that have not come back, at most what is not resident. */
  long outBytes() {
    return Math.max(0, Math.min(outBytes, attachment.sizeBytes() - residentBytes()));
  }

  // ---- when it is swept next

  /** Returns whether it was in a state to be measured at the last sweep. */
  boolean isMeasured() {
    return residency.isPresent();
  }

  boolean hasBeenSwept() {
    return lastSweep.isPresent();
  }

  /** Returns whether a sweep was asked for, or is the first. */
  boolean isWanted() {
    return wanted;
  }

  /** Returns whether a worker sweeps it. */
  boolean isSweeping() {
    return sweeping;
  }

  /** When it last had a time slice: who has waited longest is served first. */
  long servedAtNanos() {
    return servedAtNanos;
  }

  /** When it is to be swept, if nothing happens before. */
  long dueAtNanos() {
    return dueAtNanos - notBeforeNanos >= 0 ? dueAtNanos : notBeforeNanos;
  }

  /** Returns whether it works, so that being late lets it hold too much. */
  boolean isBusy() {
    return takesShare() && (active || fill.bytesPerSecond() > 0);
  }

  /** Returns whether it holds too much, or may by now. */
  boolean isOverAllowance() {
    boolean knownByDryRun = io.isNone() && reason.code() == Reason.Code.DRY_RUN;
    return isMeasured()
        && takesShare()
        && !knownByDryRun
        && allowance.isExceededBy(maxResidentBytes());
  }

  /**
   * Whether it is to be swept in this tick.
   *
   * @param pressed whether memory is short
   */
  boolean isDue(boolean pressed, long nowNanos) {
    if (!isManaged() || isFollower() || sweeping) {
      return false;
    }
    if (nowNanos - notBeforeNanos < 0 && !(pressed && stuckWhileCalm)) {
      return false;
    }
    boolean timeIsUp = nowNanos - dueAtNanos >= 0;
    if (wanted || timeIsUp) {
      return true;
    }
    if (backoff.isPaused(pressed, nowNanos)) {
      return false;
    }
    boolean pauseEnded = reason.code() == Reason.Code.PAUSED && !io.isNone();
    boolean unknown = pressed && !io.counted() && isMeasured();
    return pauseEnded || unknown || isOverAllowance();
  }

  /** Wants a sweep at the next tick, idle or not. */
  void makeDue(long nowNanos) {
    wanted = true;
    postpone(nowNanos);
  }

  /** Has it measured at the next tick, whatever its I/O: memory has become short. */
  void measureSoon(long nowNanos) {
    dueAtNanos = nowNanos;
  }

  /** Not swept before that time, also under pressure, and then at once. */
  void postpone(long untilNanos) {
    stuckWhileCalm = false;
    notBeforeNanos = untilNanos;
    dueAtNanos = untilNanos;
  }

  /** A job for a worker, which holds the memory from now on. */
  SweepMemory startSweep(long nowNanos) {
    sweeping = true;
    servedAtNanos = nowNanos;
    return memory;
  }

  SweepJob job(
      Settings settings,
      Conditions conditions,
      Duration slice,
      Duration measuringSlice,
      long nowNanos) {
    return new SweepJob(
        attachment,
        names,
        settings,
        policy,
        lead,
        allowance,
        conditions,
        io,
        residency,
        hasBeenSwept() ? OptionalLong.of(nowNanos - sweptAtNanos) : OptionalLong.empty(),
        cutShort,
        fill,
        backoff,
        directIo,
        slice,
        measuringSlice);
  }

  /** A sweep of it, or of its filesystem, hangs: what is resident is not known. */
  void hang(Reason why) {
    explain(why);
    residency = Optional.empty();
  }

  /** The sweep ended without a report. */
  void sweepFailed() {
    sweeping = false;
  }

  /**
   * Takes over what came of a sweep.
   *
   * @param pressed whether memory is short
   */
  void swept(SweepReport report, boolean pressed, long nowNanos, Instant at) {
    sweeping = false;
    boolean first = lastSweep.isEmpty();
    names = report.names();
    reason = undecided && !names.confirmed() ? reason : report.reason();
    residency = isExcluded() ? Optional.empty() : report.after();
    file = report.file();
    fill = report.fill();
    backoff = report.backoff();
    directIo = report.directIo();
    outBytes = report.outBytes();
    totals = totals.withSweep(report, first);
    lastSweep = Optional.of(at);
    sweptAtNanos = nowNanos;
    io = io.swept();
    wanted = false;
    cutShort = report.isCutShort();
    boolean wasStuck = stuck;
    stuck = report.eviction().map(Device::isStuck).orElse(false);
    planNext(report, wasStuck, nowNanos);
    stuckWhileCalm = stuck && !pressed;
  }

  private void planNext(SweepReport report, boolean wasStuck, long nowNanos) {
    if (cutShort) { // goes on with its next slice
      postpone(nowNanos);
      return;
    }
    Duration min = SweepPolicy.minInterval(policy.interval().min(), report.measuring());
    Duration max = policy.interval().max();
    if (!isMeasured()) {
      interval = reason.code() == Reason.Code.CHANGED ? min : max;
    } else if (reason.code() == Reason.Code.PAUSED) {
      interval = max;
    } else if (stuck) {
      interval = SweepPolicy.doubled(wasStuck ? interval : min, max);
    } else if (reason.code() == Reason.Code.SKIPPED
        || (backoff.isCareful() && report.decision().evicts())) {
      interval = SweepPolicy.doubled(min, max);
    } else {
      interval = SweepPolicy.interval(residentBytes(), allowance.bytes(), fill, min, max);
    }
    notBeforeNanos = nowNanos + (stuck ? interval : min).toNanos();
    dueAtNanos = nowNanos + interval.toNanos();
  }

  private static boolean isStuck(Eviction eviction) {
    if (!eviction.before().isExact()) { // only a part of it may have been advised
      return eviction.releasedBytes() == 0 && !eviction.cutShort();
    }
    return eviction.releasedBytes() < STUCK_SHARE * eviction.before().residentBytes()
        && !eviction.isWaitingForDisk()
        && !eviction.cutShort();
  }

  // ---- for people

  DeviceTotals totals() {
    return totals;
  }

  DeviceReport report() {
    return new DeviceReport(
        attachment,
        state(),
        reason,
        residency,
        file.flatMap(SweepReport.FileFound::probe),
        file.map(SweepReport.FileFound::foundBy),
        allowance.bytes(),
        fill,
        interval,
        lastSweep,
        directIo.wordsFor(attachment),
        totals,
        outBytes());
  }
}
