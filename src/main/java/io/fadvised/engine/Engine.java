package io.fadvised.engine;

import io.fadvised.config.Settings;
import io.fadvised.engine.ManagedDevice.FileShare;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Reason;
import io.fadvised.policy.SweepPolicy;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The engine: each {@link #tick} looks at the host, divides the tolerated lower cache among the
 * devices, sweeps those that are due, and publishes what it knows. Not safe for several threads but
 * for {@link #snapshot}; {@link EngineLoop} is its thread.
 */
public final class Engine {
  /** How old a device's report may get while nothing happens to it. */
  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);

  /** Hundreds of devices may come and go in a second: one scan for all of them is enough. */
  private static final Duration SHORTEST_RESCAN = Duration.ofMillis(250);

  /** The kernel drops uevents when their socket is full; this finds what they would have named. */
  private static final Duration RESCAN_INTERVAL = Duration.ofSeconds(30);

  /** Ticks while nothing happens: they are most of what an idle daemon costs. */
  private static final Duration QUIET_TICK = Duration.ofSeconds(5);

  /** Of a pressure that fades away, so little is none. */
  private static final double QUIET_PRESSURE = 0.05;

  /** Pressure and new I/O are noticed, and the watchdog is fed, whatever the intervals are. */
  private static final Duration LONGEST_TICK = Duration.ofSeconds(1);

  /**
   * Then attachments, pressure, orders and the watchdog have their turn before the other devices.
   */
  private static final Duration LONGEST_SWEEPING = Duration.ofSeconds(1);

  /**
   * A sweep takes a second at most where calls return. Who waits longer than this for one is not
   * waited for, so that a filesystem which hangs costs the others so much, once.
   */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Devices that are due within a tenth of a tick are swept together. */
  private static final int LEAST_PART_OF_TICK = 10;

  private static final int MOST_TICKS_OF_A_SWEEP = 20;

  /**
   * A look at the host takes at most a tenth of the time: of 10,000 devices it takes 50 ms, since
   * /proc/diskstats has a line for each.
   */
  private static final int LOOK_REST = 9;

  private final Host host;
  private final Listeners listeners;
  private final DeviceTable table = new DeviceTable();
  private final HostView view;
  private final PressureEvents events = new PressureEvents();
  private final MeasuringTime measuringTime;
  private final BenefitMeter benefit;
  private final Sweeper sweeper;
  private final Quarantine quarantine = new Quarantine();
  private Settings settings;
  private List<LoopScan.Problem> unreadable = List.of();
  private List<DeviceReport> reports = List.of();
  private long residentBytes;
  private DeviceTotals totals = DeviceTotals.ZERO;
  private long reportedAtNanos;
  private boolean changed = true;
  private boolean filesChanged = true;
  private Map<ManagedDevice, List<ManagedDevice>> followers = Map.of();

  private final WaitingLine line = new WaitingLine();

  private volatile boolean rescanWanted = true;
  private long scannedAtNanos;
  private long lookNanos;
  private boolean paused;
  private long toleratedBytes;
  private volatile EngineSnapshot snapshot;

  public Engine(Host host, Settings settings, List<EngineListener> listeners) {
    this(host, settings, listeners, Measuring.DEFAULT);
  }

  public Engine(Host host, Settings settings, List<EngineListener> listeners, Measuring measuring) {
    this.host = host;
    this.settings = settings;
    this.listeners = new Listeners(listeners);
    view = new HostView(host, this.listeners::hostProblem);
    measuringTime = new MeasuringTime(host.clock(), measuring);
    sweeper = new Sweeper(host, measuringTime);
    benefit = new BenefitMeter(ZoneId.systemDefault(), host.clock().now(), host.clock().nanos());
    scannedAtNanos = host.clock().nanos() - SHORTEST_RESCAN.toNanos();
    snapshot = takeSnapshot();
  }

  /** What was known at the end of the last tick. Safe for any thread. */
  public EngineSnapshot snapshot() {
    return snapshot;
  }

  /**
   * Has sysfs looked at again soon. Safe for any thread.
   *
   * @return whether that was not wanted yet
   */
  public boolean requestRescan() {
    boolean isNews = !rescanWanted;
    rescanWanted = true;
    return isNews;
  }

  /**
   * Says who will tell of memory pressure from now on; until then nobody does. Safe for any thread.
   *
   * @param watched whether anybody does
   * @param words what the engine is woken by, such as "PSI (20 ms stalled within 1 s)"
   */
  public void pressureWatched(boolean watched, String words) {
    events.watching(watched, words);
  }

  /**
   * Takes note that there is pressure, for the next tick; while it lasts these come every second.
   * Safe for any thread.
   *
   * @param stallWindow within which tasks were stalled; zero if that is not known
   * @return whether it has just begun, so that the next tick should come at once
   */
  public boolean pressureRises(Duration stallWindow) {
    return events.rises(stallWindow, host.clock().nanos());
  }

  /** Applies new settings to all devices, at the next tick. */
  public void apply(Settings wanted) {
    settings = wanted;
    table.apply(wanted, host.clock().nanos());
    filesChanged = true;
    changed = true;
  }

  /** Stops or resumes sweeping; looking goes on. */
  public void setPaused(boolean wanted) {
    paused = wanted;
  }

  /**
   * Sweeps every device that is not excluded, whatever its interval and its I/O; in as many ticks
   * as that takes, up to {@value #MOST_TICKS_OF_A_SWEEP}.
   */
  public void sweepAll() throws InterruptedException {
    makeAllDue();
    for (int ticks = 0; ticks == 0 || (isSweepWanted() && ticks < MOST_TICKS_OF_A_SWEEP); ticks++) {
      tick();
    }
  }

  /** Makes every device due at the next tick, whatever its interval and its I/O. */
  public void makeAllDue() {
    table.devices().forEach(device -> device.makeDue(host.clock().nanos()));
  }

  private boolean isSweepWanted() {
    return table.devices().stream().anyMatch(device -> device.isWanted() && !device.isExcluded());
  }

  /**
   * One turn.
   *
   * @return the time until the next one is due
   * @throws InterruptedException if the engine is being stopped
   */
  public Duration tick() throws InterruptedException {
    long now = host.clock().nanos();
    if (now - scannedAtNanos >= untilRescan().toNanos()) {
      rescan(now);
    }
    long lookedFrom = host.clock().nanos();
    view.look(now, events.take(), events.told().watched());
    takeBack();
    shareFiles(now);
    toleratedBytes = Allowances.grant(settings, view, table.devices());
    lookNanos = host.clock().nanos() - lookedFrom;
    if (!paused && view.sample().isPresent()) { // without the host's memory there is no budget
      sweepDue(now);
    }
    countBenefit();
    snapshot = takeSnapshot();
    listeners.ticked(snapshot);
    return untilNextTick();
  }

  /** Devices on the same file are one to us: measured, evicted and judged once. */
  private void shareFiles(long now) {
    if (filesChanged) {
      Map<ManagedDevice, List<ManagedDevice>> before = followers;
      followers = table.shareFiles(now);
      for (ManagedDevice device : table.devices()) {
        if (!Objects.equals(before.get(device), followers.get(device))) {
          device.countAnew();
        }
      }
      filesChanged = false;
      changed = true;
    }
    for (ManagedDevice device : table.devices()) {
      List<ManagedDevice> following = followers.getOrDefault(device, List.of());
      device.setLead(!following.isEmpty());
      view.showCounters(device, following);
    }
  }

  private void rescan(long now) {
    rescanWanted = false;
    scannedAtNanos = now;
    changed = true;
    filesChanged = true;
    try {
      LoopScan scan = host.scanner().scan(table.known());
      tellProblems(scan.problems());
      DeviceTable.Changes changes = table.reconcile(scan, settings, now);
      changes.disappeared().forEach(listeners::disappeared);
      changes.appeared().forEach(device -> listeners.appeared(device.report()));
    } catch (IOException e) {
      listeners.hostProblem(
          "loop devices cannot be listed, keeping those known: " + e.getMessage());
      unreadable = List.of(new LoopScan.Problem("loop devices", "not listed: " + e.getMessage()));
    }
  }

  private void tellProblems(List<LoopScan.Problem> problems) {
    for (LoopScan.Problem problem : problems) {
      if (!unreadable.contains(problem)) {
        listeners.hostProblem(problem.device() + ": " + problem.message() + ", left alone");
      }
    }
    unreadable = problems;
  }

  private void sweepDue(long now) throws InterruptedException {
    measuringTime.shareAmong(table.devices());
    line.form(dueDevices(now), now);
    long began = host.clock().nanos(); // a scan of thousands has taken its time already
    long turn = began;
    for (Optional<ManagedDevice> next = line.next();
        next.isPresent() && turn - began <= LONGEST_SWEEPING.toNanos();
        next = line.next()) {
      haveTurn(next.get(), line.share(LONGEST_SWEEPING.minusNanos(turn - began)));
      line.took(host.clock().nanos() - turn);
      turn = host.clock().nanos();
    }
  }

  private void haveTurn(ManagedDevice device, Duration share) throws InterruptedException {
    Duration wait = measuringTime.untilLook(device);
    Optional<Reason> against = quarantine.reasonAgainst(device);
    if (against.isPresent()) {
      leave(device, against.get());
    } else if (wait.isZero()) {
      sweep(device, share);
    } else {
      device.postpone(host.clock().nanos() + wait.toNanos());
    }
  }

  private List<ManagedDevice> dueDevices(long now) {
    List<ManagedDevice> due = new ArrayList<>();
    boolean pressed = view.conditions().pressed();
    for (ManagedDevice device : table.devices()) {
      if (device.isExcluded()
          || device.isFollower()
          || device.isStandIn()
          || !device.mayBeSwept(pressed, now)) {
        continue;
      }
      if (device.isStoodDown()
          && device.isMeasured()
          && !device.isIdle()
          && device.damage().standing().isTrialDue(pressed, now)) {
        device.makeDue(now);
      }
      if (isOverAllowance(device) || (device.isDue(now) && !isLeftIdle(device))) {
        due.add(device);
      } else if (device.isDue(now)) {
        leaveIdle(device, now);
      }
    }
    return due;
  }

  private boolean isLeftIdle(ManagedDevice device) {
    return device.isMeasured()
        && !device.isWanted()
        && device.isIdle()
        && !host.scanner().isUncounted(device.name());
  }

  /** Whether it holds too much, or could by now if all of its I/O went through the page cache. */
  private boolean isOverAllowance(ManagedDevice device) {
    if (!device.isMeasured() || device.isLeftForDamage()) {
      return false;
    }
    long added = device.device().saysDirectIo() ? 0 : device.ioSinceSweep().totalBytes();
    boolean knownByDryRun = added == 0 && device.reason().code() == Reason.Code.DRY_RUN;
    long held = device.residentBytes() + added;
    return !knownByDryRun
        && held > device.allowanceBytes()
        && held >= SweepPolicy.LEAST_WORTH_BYTES;
  }

  private void leaveIdle(ManagedDevice device, long now) {
    Reason before = device.reason();
    Reason idle = new Reason(Reason.Code.IDLE, "no I/O since the last sweep");
    device.leave(staysWhenIdle(before.code()) ? before : idle, now);
    changed = true;
    listeners.skipped(device.name(), device.reason());
    tellIfChanged(device, before);
  }

  private static boolean staysWhenIdle(Reason.Code code) {
    return code == Reason.Code.DIRECT || code == Reason.Code.STOOD_DOWN;
  }

  private void sweep(ManagedDevice device, Duration share) throws InterruptedException {
    if (!refresh(device)) {
      return;
    }
    changed = true;
    ManagedDevice.Kept kept = device.kept();
    long since = host.clock().nanos();
    Sweeper.Sweeping sweeping =
        sweeper.begin(device, view.conditions(), settings.directIo(), device.evictionTime(share));
    try {
      host.workers().run(sweeping.work(), PATIENCE);
    } finally { // also when the engine is being stopped: the device is the worker's
      if (!sweeping.work().isDone()) {
        leaveBehind(sweeping, ManagedDevice.inPlaceOf(kept, since), since);
      }
    }
    if (sweeping.work().isDone() && table.has(device)) {
      finish(sweeping, kept.report(), kept.file());
    }
  }

  private void leaveBehind(Sweeper.Sweeping sweeping, ManagedDevice standIn, long since) {
    sweeper.leaveBehind();
    table.replace(sweeping.device(), standIn);
    filesChanged = true;
    Reason before = standIn.reason();
    quarantine.add(sweeping, standIn, since);
    quarantine.tellTime(host.clock().nanos());
    tellIfChanged(standIn, before);
  }

  private void finish(
      Sweeper.Sweeping sweeping, DeviceReport before, Optional<FileShare> fileBefore)
      throws InterruptedException {
    ManagedDevice device = sweeping.device();
    SweepReport report = sweeper.end(sweeping);
    device.swept(report, view.conditions().pressed(), host.clock().nanos(), host.clock().now());
    filesChanged |= !device.fileShare().equals(fileBefore);
    if (report.reason().code() == Reason.Code.CHANGED) {
      rescanWanted = true;
    }
    listeners.swept(report);
    if (!device.report().directIo().equals(before.directIo())) {
      listeners.directIo(device.report());
    }
    tellIfChanged(device, before.reason());
  }

  /** The devices whose storage answers again, and those that were left alone for them. */
  private void takeBack() {
    for (Quarantine.Lost lost : quarantine.takeReturned()) {
      changed = true;
      filesChanged = true;
      ManagedDevice device = lost.sweeping().device();
      if (table.replace(lost.standIn(), device)) {
        finishLate(lost);
        table.apply(device, settings, host.clock().nanos()); // they may have changed meanwhile
      }
      table.devices().stream()
          .filter(left -> left.reason().code() == Reason.Code.NO_ANSWER && !left.isStandIn())
          .forEach(left -> left.makeDue(host.clock().nanos()));
    }
    if (!quarantine.isEmpty()) {
      quarantine.tellTime(host.clock().nanos());
      changed = true;
    }
  }

  private void finishLate(Quarantine.Lost lost) {
    try {
      finish(lost.sweeping(), lost.standIn().report(), lost.standIn().fileShare());
    } catch (InterruptedException e) {
      // a stop interrupted that sweep, and a start came after it: nobody interrupts us
    }
  }

  private void leave(ManagedDevice device, Reason why) {
    Reason before = device.reason();
    device.leave(why, host.clock().nanos());
    device.postpone(host.clock().nanos() + QUIET_TICK.toNanos());
    changed = true;
    listeners.skipped(device.name(), why);
    tellIfChanged(device, before);
  }

  /** Reads the attributes that change while attached; false if it is another attachment. */
  private boolean refresh(ManagedDevice device) {
    try {
      Optional<LoopDevice> seen = host.scanner().read(device.name());
      if (seen.filter(device.device()::isSameAttachment).isPresent()) {
        return takeOver(device, seen.get());
      }
    } catch (IOException e) {
      listeners.hostProblem(device.name() + ": sysfs entry unreadable: " + e.getMessage());
    }
    device.doubt(host.clock().nanos());
    rescanWanted = true;
    return false;
  }

  /** A file that was renamed may fall under other patterns; false if it is left alone now. */
  private boolean takeOver(ManagedDevice device, LoopDevice seen) {
    boolean renamed = !device.device().backingPath().equals(seen.backingPath());
    Optional<FileShare> before = device.fileShare();
    device.refresh(seen);
    filesChanged |= !device.fileShare().equals(before);
    device.setUncounted(host.scanner().isUncounted(device.name()));
    if (renamed) {
      table.apply(device, settings, host.clock().nanos());
      filesChanged = true;
      changed = true;
    }
    return !device.isExcluded();
  }

  private void tellIfChanged(ManagedDevice device, Reason before) {
    if (device.reason().code() != before.code()) {
      listeners.changed(device.report());
    }
  }

  /** From the last scan to the next. */
  private Duration untilRescan() {
    return rescanWanted ? SHORTEST_RESCAN : RESCAN_INTERVAL;
  }

  /**
   * A second at the most, five on a quiet host; less if intervals are shorter, or if pressure may
   * begin sooner and nobody would tell; and less still if a device that fills is due sooner: being
   * late would let it hold more than its allowance.
   */
  private Duration untilNextTick() {
    long tick = Math.min(LONGEST_TICK.toNanos(), settings.interval().min().toNanos());
    long quiet = Math.min(QUIET_TICK.toNanos(), settings.interval().max().toNanos());
    long wait = isQuiet() ? Math.max(tick, quiet) : tick;
    long now = host.clock().nanos();
    wait = Math.min(wait, view.untilLook(now, events.told().watched()).toNanos());
    for (ManagedDevice device : table.devices()) {
      if (!paused && device.isBusy()) {
        wait = Math.min(wait, device.dueAtNanos() - now);
      }
    }
    wait =
        Math.max(wait, Math.max(tick / LEAST_PART_OF_TICK, Math.min(tick, LOOK_REST * lookNanos)));
    return Duration.ofNanos(rescanWanted ? Math.min(wait, SHORTEST_RESCAN.toNanos()) : wait);
  }

  /**
   * No pressure that the devices could add to, nor news of any, and no device with I/O since its
   * last sweep, or with more than it may hold. With half of the memory free, refaults come from
   * what was reclaimed on purpose (a cgroup's limit, DAMON), and stalls are told of by events.
   */
  private boolean isQuiet() {
    boolean pressed = view.pressure().level() > QUIET_PRESSURE && !view.isMemoryHalfFree();
    if (pressed || events.isLasting(host.clock().nanos())) {
      return false;
    }
    for (ManagedDevice device : table.devices()) {
      if (device.takesShare()
          && (!device.isMeasured() || !device.rests() || isOverAllowance(device))) {
        return false;
      }
    }
    return true;
  }

  /** Allowances move at every tick; alone they are not worth a report of each device. */
  private void refreshReports() {
    long now = host.clock().nanos();
    if (changed || now - reportedAtNanos >= REPORT_INTERVAL.toNanos()) {
      reports = table.devices().stream().map(ManagedDevice::report).toList();
      residentBytes = table.devices().stream().mapToLong(ManagedDevice::residentBytes).sum();
      totals = table.totals();
      reportedAtNanos = now;
      changed = false;
    }
  }

  private void countBenefit() {
    benefit.count(
        table.devices().stream()
            .filter(device -> !device.isFollower() && !device.isExcluded())
            .mapToLong(ManagedDevice::outBytes)
            .sum(),
        view.sample().map(sample -> sample.memory().availableBytes()).orElse(0L),
        table.totals(),
        sweeper.pacing().inside(),
        host.clock().now(),
        host.clock().nanos());
  }

  private EngineSnapshot takeSnapshot() {
    refreshReports();
    return new EngineSnapshot(
        host.clock().now(),
        paused,
        settings.dryRun(),
        view.pressure(),
        view.sample(),
        events.told(),
        toleratedBytes,
        residentBytes,
        totals,
        sweeper.pacing(),
        quarantine.totals(),
        measuringTime.totals(),
        benefit.benefits(),
        reports,
        unreadable);
  }
}
