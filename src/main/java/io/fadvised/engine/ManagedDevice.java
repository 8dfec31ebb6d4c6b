package io.fadvised.engine;

import io.fadvised.config.DevicePolicy;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.LookMemory;
import io.fadvised.pagecache.Residency;
import io.fadvised.pagecache.ResidencyMap;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.EvictionPlan;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.ReadAhead;
import io.fadvised.policy.Reason;
import io.fadvised.policy.Standing;
import io.fadvised.policy.SweepPolicy;
import io.fadvised.policy.SweepTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the engine remembers of one attachment. Owned by the engine's thread. */
final class ManagedDevice {
  /** An eviction that moved less than this part moved next to nothing. */
  private static final double STUCK_SHARE = 0.1;

  private LoopDevice device;
  private DevicePolicy policy;
  private Reason reason;
  private IoCounters countersAtSweep = IoCounters.NONE;
  private IoCounters counters = IoCounters.NONE;
  private boolean idle;
  private FillRate fill = FillRate.ZERO;
  private Optional<Residency> residency = Optional.empty();
  private Optional<String> probe = Optional.empty();
  private Optional<String> foundBy = Optional.empty();
  private Optional<Instant> lastSweep = Optional.empty();
  private DeviceTotals totals = DeviceTotals.ZERO;
  private Duration interval;
  private long allowanceBytes;
  private long sweptAtNanos;
  private long notBeforeNanos;
  private long dueAtNanos;
  private boolean stuck;
  private boolean stuckWhileCalm;
  private long resumeAtOffset;
  private boolean uncounted;
  private boolean wanted = true;
  private boolean inDoubt;
  private boolean counted;
  private boolean countedAnew;
  private boolean lead;
  private boolean standIn;
  private final DamageWatch damage;
  private final DirectIoWatch directIo;
  private SweepTime sweepTime;
  private final LookMemory lookMemory;
  private final TimeAccount measuringTime;
  private boolean measuringTakesTime = true;
  private Optional<ReadAhead> readAhead = Optional.empty();
  private Optional<FileIdentity> file = Optional.empty();

  /**
   * A device that was just found.
   *
   * @param reason {@link Reason.Code#NEW}, or {@link Reason.Code#EXCLUDED} with the pattern
   */
  ManagedDevice(LoopDevice device, DevicePolicy policy, Reason reason, long nowNanos) {
    this(device, policy, reason, new DirectIoWatch(), nowNanos);
  }

  private ManagedDevice(
      LoopDevice device,
      DevicePolicy policy,
      Reason reason,
      DirectIoWatch directIo,
      long nowNanos) {
    this.device = device;
    this.policy = policy;
    this.reason = reason;
    this.directIo = directIo;
    interval = policy.interval().min();
    sweptAtNanos = nowNanos;
    notBeforeNanos = nowNanos;
    dueAtNanos = nowNanos;
    damage = new DamageWatch(device.name().hashCode(), nowNanos);
    sweepTime = SweepTime.ofSize(device.sizeBytes());
    lookMemory = new LookMemory(device.name().hashCode());
    measuringTime = new TimeAccount(nowNanos);
  }

  /** What the engine keeps of a device before a worker gets it. */
  record Kept(
      DeviceReport report, Optional<FileShare> file, DevicePolicy policy, DirectIoWatch directIo) {}

  Kept kept() {
    return new Kept(report(), fileShare(), policy, directIo.copy());
  }

  /**
   * What the engine has in place of a device while a worker has that: the same attachment, with
   * what had been done by then, and nothing to be done.
   */
  static ManagedDevice inPlaceOf(Kept kept, long nowNanos) {
    DeviceReport before = kept.report();
    ManagedDevice standIn =
        new ManagedDevice(
            before.device(), kept.policy(), before.reason(), kept.directIo(), nowNanos);
    standIn.standIn = true;
    standIn.wanted = false;
    standIn.totals = before.totals();
    standIn.lastSweep = before.lastSweep();
    standIn.foundBy = before.foundBy();
    standIn.file = kept.file().map(FileShare::file);
    return standIn;
  }

  /** Whether a worker has the device itself. */
  boolean isStandIn() {
    return standIn;
  }

  /** Says why nothing is done about it. */
  void explain(Reason why) {
    if (!isExcluded()) {
      reason = why;
    }
  }

  LoopDevice device() {
    return device;
  }

  String name() {
    return device.name();
  }

  String pathText() {
    return device.backingPath().matchingText();
  }

  boolean isExcluded() {
    return reason.code() == Reason.Code.EXCLUDED;
  }

  /** Whether it has, or may have, lower cache that we can evict. */
  boolean takesShare() {
    return switch (DeviceState.of(reason.code())) {
      case NEW, MANAGED, IDLE, FAILED -> true;
      case STOOD_DOWN,
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

  DevicePolicy policy() {
    return policy;
  }

  Reason reason() {
    return reason;
  }

  /** How fast it fills, with a look that has just been taken. */
  FillRate fillAt(Residency now, long nowNanos) {
    if (lastSweep.isEmpty() || !isMeasured()) {
      return fill; // what was there before us, or before a failure, says nothing about a rate
    }
    Duration elapsed = Duration.ofNanos(Math.max(1, nowNanos - sweptAtNanos));
    return fill.observe(grownTo(now), elapsed);
  }

  /**
   * What has been added since the last look. An estimate is now higher, now lower; it cannot have
   * grown by more than went through the device.
   */
  private long grownTo(Residency now) {
    long grown = now.residentBytes() - residentBytes();
    boolean estimated = !now.isExact() || !residency.map(Residency::isExact).orElse(true);
    return estimated ? Math.min(grown, mostAddedBytes()) : grown;
  }

  /** What was evicted and has not come back; no more than what is not resident. */
  long outBytes() {
    return Math.max(0, Math.min(damage.outBytes(), device.sizeBytes() - residentBytes()));
  }

  /** How much it may hold at present. */
  long allowanceBytes() {
    return allowanceBytes;
  }

  DeviceTotals totals() {
    return totals;
  }

  /** When it is to be looked at next, on the engine's clock. */
  long dueAtNanos() {
    return dueAtNanos;
  }

  long residentBytes() {
    return residency.map(Residency::residentBytes).orElse(0L);
  }

  /** How soon it should have its turn, next to others: the larger, the sooner. */
  double urgency(long nowNanos) {
    return sweepTime.urgency(Duration.ofNanos(nowNanos - sweptAtNanos));
  }

  /** What an eviction of it may take. */
  Duration evictionTime(Duration share) {
    return sweepTime.evictionTime(share);
  }

  /** Whether it filled at the last look, so that being late lets it hold too much. */
  boolean isBusy() {
    return takesShare() && reason.code() != Reason.Code.IDLE && fill.bytesPerSecond() > 0;
  }

  /** Whether a sweep was asked for, or is the first. */
  boolean isWanted() {
    return wanted;
  }

  /** Whether it has been swept, with whatever result. */
  boolean hasBeenSwept() {
    return lastSweep.isPresent();
  }

  /** Whether it was in a state to be measured at the last sweep. */
  boolean isMeasured() {
    return residency.isPresent();
  }

  /**
   * Takes note of its counters as they are at this tick.
   *
   * @param counted whether the kernel counts for it
   */
  void see(IoCounters now, boolean counted) {
    if (countedAnew) {
      countersAtSweep = now;
      countedAnew = false;
      wanted = true;
    }
    counters = now;
    this.counted = counted && !uncounted;
    idle = this.counted && now.equals(countersAtSweep);
  }

  /** Whether the kernel was told not to count its I/O. */
  void setUncounted(boolean isUncounted) {
    uncounted = isUncounted;
  }

  /** Other devices' I/O belongs to its file now, or no longer does. */
  void countAnew() {
    countedAnew = true;
  }

  /** What it has done from the last sweep to this tick. */
  IoCounters ioSinceSweep() {
    return counters.since(countersAtSweep);
  }

  /** Whether it is known to have had no I/O from its last sweep to this tick. */
  boolean isIdle() {
    return idle;
  }

  /** Whether it seems to rest, as far as can be told of one whose I/O is not counted. */
  boolean rests() {
    return idle || (uncounted && fill.bytesPerSecond() == 0);
  }

  /** What its evictions did. */
  DamageWatch damage() {
    return damage;
  }

  /** What of direct I/O. */
  DirectIoWatch directIo() {
    return directIo;
  }

  /** The part of the backing file that it shows; empty before that is known. */
  Optional<FileShare> fileShare() {
    return isExcluded()
        ? Optional.empty()
        : file.map(same -> new FileShare(same, device.offsetBytes(), device.sizeBytes()));
  }

  /** Leaves the sweeping of a file that two devices show to the other one. */
  void follow(ManagedDevice lead) {
    reason =
        new Reason(Reason.Code.SHARED, "same backing file as " + lead.name() + ", swept there");
    residency = Optional.empty(); // counted there
  }

  /** Has its file swept under its own name again. */
  void unfollow(long nowNanos) {
    if (isFollower()) {
      reason = new Reason(Reason.Code.NEW, "not looked at yet");
      makeDue(nowNanos);
    }
  }

  /** Whether other devices show the same part of its file, so that its lower cache is shared. */
  boolean isLead() {
    return lead;
  }

  void setLead(boolean isLead) {
    lead = isLead;
  }

  boolean isFollower() {
    return reason.code() == Reason.Code.SHARED;
  }

  /** Whether it is left alone because of what its evictions did. */
  boolean isStoodDown() {
    return damage.standing().phase() == Standing.Phase.STOOD_DOWN;
  }

  /** Whether too much of it may stay for now, because evicting it does harm. */
  boolean isLeftForDamage() {
    Standing.Phase phase = damage.standing().phase();
    return phase == Standing.Phase.STOOD_DOWN
        || phase == Standing.Phase.BACKED_OFF
        || phase == Standing.Phase.TRIAL;
  }

  /** Looks what has come back of earlier evictions. */
  void lookForDamage(Kernel kernel, OpenFile open, Conditions conditions, long nowNanos)
      throws KernelException {
    damage.look(kernel, open, ioSinceSweep(), counted, conditions, nowNanos);
  }

  /**
   * What to evict now.
   *
   * @param map what is resident
   */
  List<ByteRange> planEviction(ResidencyMap map, Conditions conditions) {
    boolean beingWritten = !counted || ioSinceSweep().writtenBytes() > 0;
    boolean sparesDirty = beingWritten && !conditions.pressed();
    ReadAhead now = ReadAhead.in(map.regions());
    ReadAhead before = readAhead.orElse(now); // at the first look nothing is known to move
    readAhead = Optional.of(now);
    List<ByteRange> parts =
        now.spare(EvictionPlan.whole(map.regions(), sparesDirty), before, allowanceBytes / 2);
    return damage.standing().phase() == Standing.Phase.TRIAL
        ? EvictionPlan.trial(parts, damage.trialPhase())
        : beginningAt(resumeAtOffset, parts);
  }

  /** An eviction had no time for what begins there: the next one begins with it. */
  void resumeAt(long offset) {
    resumeAtOffset = offset;
  }

  private static List<ByteRange> beginningAt(long offset, List<ByteRange> parts) {
    List<ByteRange> turned = new ArrayList<>(parts.size());
    parts.stream().filter(part -> part.offset() >= offset).forEach(turned::add);
    parts.stream().filter(part -> part.offset() < offset).forEach(turned::add);
    return turned;
  }

  /** Of the looks at its backing file. */
  LookMemory lookMemory() {
    return lookMemory;
  }

  /** What can have become resident since the last look; the largest number if nobody counts. */
  long mostAddedBytes() {
    return counted ? ioSinceSweep().totalBytes() : Long.MAX_VALUE;
  }

  /** What may be spent on looks at it. */
  TimeAccount measuringTime() {
    return measuringTime;
  }

  /** Whether a look takes time that has to be dealt out; so as long as none was taken. */
  boolean needsMeasuringTime() {
    return measuringTakesTime && !isExcluded() && !isFollower();
  }

  /** A look has taken so much. The first one may just have proved that others take none. */
  void payForMeasuring(Duration spent, Duration most) {
    measuringTime.spend(spent, most);
    measuringTakesTime = hasBeenSwept() && !spent.isZero();
  }

  /** There is no time for a look before that. */
  void postpone(long untilNanos) {
    notBeforeNanos = untilNanos;
    dueAtNanos = untilNanos;
  }

  void refresh(LoopDevice seen) {
    device = seen;
    inDoubt = false;
  }

  void allow(long bytes) {
    allowanceBytes = bytes;
  }

  /** New settings: looked at again at once. */
  void apply(DevicePolicy changed, Reason anew, long nowNanos) {
    policy = changed;
    reason = anew;
    readAhead = Optional.empty(); // what was seen may be long ago
    directIo.apply();
    if (isExcluded()) {
      residency = Optional.empty(); // no longer our business, nor part of the sum
    }
    makeDue(nowNanos);
  }

  /** Wants a sweep at the next tick, idle or not. */
  void makeDue(long nowNanos) {
    wanted = true;
    notBeforeNanos = nowNanos;
    dueAtNanos = nowNanos;
  }

  /** The timer has run out. */
  boolean isDue(long nowNanos) {
    return nowNanos - dueAtNanos >= 0;
  }

  /**
   * The timer has not run out, but nothing speaks against an earlier look.
   *
   * @param pressed whether memory is scarce: more is tried then than when it was not
   */
  boolean mayBeSwept(boolean pressed, long nowNanos) {
    return nowNanos - notBeforeNanos >= 0 || (pressed && stuckWhileCalm);
  }

  /** Leaves it alone until the longest interval has passed, or there is a reason to look sooner. */
  void leave(Reason why, long nowNanos) {
    reason = why;
    interval = policy.interval().max();
    dueAtNanos = nowNanos + interval.toNanos();
  }

  /** Whether the next scan has to read it in full. */
  boolean isInDoubt() {
    return inDoubt;
  }

  /** It is not what it was, or could not be read: not swept before a scan has looked again. */
  void doubt(long nowNanos) {
    inDoubt = true;
    notBeforeNanos = nowNanos + policy.interval().min().toNanos();
    dueAtNanos = notBeforeNanos;
  }

  /** A part of a file; devices that show the same one share its lower cache. */
  record FileShare(FileIdentity file, long offsetBytes, long sizeBytes) {}

  /** Takes note of a sweep that ended at {@code nowNanos}. */
  void swept(SweepReport sweep, boolean pressed, long nowNanos, Instant at) {
    sweep.before().ifPresent(before -> observe(before, nowNanos));
    totals = totals.withSweep();
    Duration cost = sweep.cost().compareTo(Engine.PATIENCE) < 0 ? sweep.cost() : Engine.PATIENCE;
    sweepTime = lastSweep.isEmpty() ? sweepTime.afterFirst(cost) : sweepTime.after(cost);
    sweep.eviction().ifPresent(eviction -> totals = totals.withEviction(eviction));
    boolean wasStuck = stuck;
    reason = sweep.reason();
    stuck = sweep.eviction().map(ManagedDevice::movedNextToNothing).orElse(false);
    stuckWhileCalm = stuck && !pressed;
    residency = sweep.after();
    probe = sweep.probe();
    foundBy = sweep.foundBy();
    file = sweep.file();
    countersAtSweep = counters;
    sweptAtNanos = nowNanos;
    // The first look does what is done only once, and tells nothing of the cost of the next.
    Duration measuring = lastSweep.isEmpty() ? Duration.ZERO : sweep.measuring();
    lastSweep = Optional.of(at);
    wanted = false;
    Duration shortest = SweepPolicy.shortestInterval(policy.interval().min(), measuring);
    interval = nextInterval(wasStuck, shortest);
    notBeforeNanos = nowNanos + (stuck ? interval : shortest).toNanos();
    dueAtNanos = nowNanos + interval.toNanos();
  }

  DeviceReport report() {
    return new DeviceReport(
        device,
        DeviceState.of(reason.code()),
        reason,
        residency,
        probe,
        foundBy,
        allowanceBytes,
        fill,
        interval,
        lastSweep,
        directIo.words(device),
        totals,
        outBytes());
  }

  private void observe(Residency before, long nowNanos) {
    fill = fillAt(before, nowNanos);
    if (lastSweep.isEmpty()) {
      return; // what was there before us did not come back
    }
    totals = totals.withReturned(damage.returns().readAgainBytes());
  }

  private Duration nextInterval(boolean wasStuck, Duration shortest) {
    Duration longest = policy.interval().max();
    if (!isMeasured()) {
      return reason.code() == Reason.Code.CHANGED ? shortest : longest;
    }
    if (directIo.isOnTrial()) {
      return shortest;
    }
    Standing.Phase phase = damage.standing().phase();
    if (phase == Standing.Phase.STOOD_DOWN) {
      return longest; // or until a trial is due
    }
    boolean isTrying = phase == Standing.Phase.TRIAL && reason.code() == Reason.Code.OVER_ALLOWANCE;
    if (phase == Standing.Phase.BACKED_OFF || isTrying) {
      return SweepPolicy.backOff(shortest, longest);
    }
    return stuck
        ? SweepPolicy.backOff(wasStuck ? interval : shortest, longest)
        : SweepPolicy.interval(residentBytes(), allowanceBytes, fill, shortest, longest);
  }

  private static boolean movedNextToNothing(Eviction eviction) {
    if (!eviction.before().isExact()) { // only a part of it may have been advised
      return eviction.releasedBytes() == 0;
    }
    return eviction.releasedBytes() < STUCK_SHARE * eviction.before().residentBytes()
        && !eviction.isWaitingForDisk()
        && !eviction.cutShort();
  }
}
