package io.fadvised.engine;

import io.fadvised.config.Settings;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Budget;
import io.fadvised.policy.FairShare;
import io.fadvised.policy.Reason;
import io.fadvised.policy.SweepPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The engine: each {@link #tick} looks at the host, divides the tolerated lower cache among the
 * devices, sweeps those that are due, and publishes what it knows. Not safe for several threads but
 * for {@link #snapshot}; {@link EngineLoop} is its thread.
 */
public final class Engine {
  /** How old a device's report may get while nothing happens to it. */
  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);

  /** Devices that are due within so short a time are swept in one tick. */
  private static final Duration LEAST_WAIT = Duration.ofMillis(10);

  private final Host host;
  private final Listeners listeners;
  private final DeviceTable table = new DeviceTable();
  private final HostView view;
  private final Sweeper sweeper;
  private Settings settings;
  private List<LoopScan.Problem> unreadable = List.of();
  private List<DeviceReport> reports = List.of();
  private long reportedAtNanos;
  private boolean changed = true;
  private boolean rescanWanted = true;
  private long scannedAtNanos;
  private boolean paused;
  private long toleratedBytes;
  private volatile EngineSnapshot snapshot;

  public Engine(Host host, Settings settings, List<EngineListener> listeners) {
    this.host = host;
    this.settings = settings;
    this.listeners = new Listeners(listeners);
    view = new HostView(host, this.listeners::hostProblem);
    sweeper = new Sweeper(host);
    snapshot = takeSnapshot();
  }

  /** What was known at the end of the last tick. Safe for any thread. */
  public EngineSnapshot snapshot() {
    return snapshot;
  }

  /** Looks at sysfs again at the next tick. */
  public void requestRescan() {
    rescanWanted = true;
  }

  /** Applies new settings to all devices, at the next tick. */
  public void apply(Settings wanted) {
    settings = wanted;
    table.apply(wanted, host.clock().nanos());
    changed = true;
  }

  /** Stops or resumes sweeping; looking goes on. */
  public void setPaused(boolean wanted) {
    paused = wanted;
  }

  /** Makes every device due at the next tick, whatever its interval and its I/O. */
  public void makeAllDue() {
    table.devices().forEach(device -> device.makeDue(host.clock().nanos()));
  }

  /**
   * One turn.
   *
   * @return the time until the next one is due
   * @throws InterruptedException if the engine is being stopped
   */
  public Duration tick() throws InterruptedException {
    long now = host.clock().nanos();
    if (rescanWanted || now - scannedAtNanos >= settings.rescanInterval().toNanos()) {
      rescan(now);
    }
    view.look(now);
    divideBudget();
    if (!paused) {
      sweepDue(now);
    }
    snapshot = takeSnapshot();
    listeners.ticked(snapshot);
    return untilNextTick();
  }

  private void rescan(long now) {
    rescanWanted = false;
    scannedAtNanos = now;
    changed = true;
    try {
      LoopScan scan = host.scanner().scan(table.known());
      tellProblems(scan.problems());
      DeviceTable.Changes changes = table.reconcile(scan, settings, now);
      changes.disappeared().forEach(listeners::disappeared);
      changes.appeared().forEach(device -> listeners.appeared(device.report()));
    } catch (IOException e) {
      listeners.hostProblem(
          "loop devices cannot be listed, keeping those known: " + e.getMessage());
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

  private void divideBudget() {
    long memory = view.memoryTotalBytes();
    toleratedBytes =
        budget(
                settings.budget().relaxed().bytesOf(memory),
                settings.budget().pressed().bytesOf(memory))
            .toleratedBytes(view.pressure());
    long[] idle = new long[table.devices().size()];
    int idleDevices = 0;
    int busyDevices = 0;
    for (ManagedDevice device : table.devices()) {
      if (device.isExcluded()) {
        continue;
      }
      if (view.isIdle(device)) {
        idle[idleDevices++] = device.residentBytes();
      } else {
        busyDevices++;
      }
    }
    long allowance =
        FairShare.allowanceBytes(toleratedBytes, Arrays.copyOf(idle, idleDevices), busyDevices);
    for (ManagedDevice device : table.devices()) {
      device.allow(Math.min(allowance, capOf(device, memory)));
    }
  }

  /** An override's budget, for this device alone. */
  private long capOf(ManagedDevice device, long memory) {
    Optional<Long> relaxed = device.policy().capRelaxed().map(amount -> amount.bytesOf(memory));
    Optional<Long> pressed = device.policy().capPressed().map(amount -> amount.bytesOf(memory));
    if (relaxed.isEmpty() && pressed.isEmpty()) {
      return Long.MAX_VALUE;
    }
    return budget(
            relaxed.orElse(settings.budget().relaxed().bytesOf(memory)),
            pressed.orElse(settings.budget().pressed().bytesOf(memory)))
        .toleratedBytes(view.pressure());
  }

  /** Bytes and percent can be compared only here; the smaller one wins. */
  private static Budget budget(long relaxedBytes, long pressedBytes) {
    return new Budget(relaxedBytes, Math.min(relaxedBytes, pressedBytes));
  }

  private void sweepDue(long now) throws InterruptedException {
    for (ManagedDevice device : dueDevices(now)) {
      sweep(device);
    }
  }

  /** The fullest first. */
  private List<ManagedDevice> dueDevices(long now) {
    List<ManagedDevice> due = new ArrayList<>();
    for (ManagedDevice device : table.devices()) {
      if (device.isExcluded() || !device.mayBeSwept(now)) {
        continue;
      }
      boolean idle = !device.isWanted() && view.isIdle(device);
      if (isOverAllowance(device) || (device.isDue(now) && !idle)) {
        due.add(device);
      } else if (device.isDue(now)) {
        leaveIdle(device, now);
      }
    }
    due.sort(Comparator.comparingLong(ManagedDevice::residentBytes).reversed());
    return due;
  }

  /** Whether it holds too much, or could by now if all of its I/O went through the page cache. */
  private boolean isOverAllowance(ManagedDevice device) {
    if (!device.isMeasured()) {
      return false;
    }
    long added =
        device.device().saysDirectIo()
            ? 0
            : device.ioSinceSweep(view.countersOf(device)).totalBytes();
    return device.residentBytes() + added > device.allowanceBytes()
        && device.residentBytes() + added >= SweepPolicy.LEAST_WORTH_BYTES;
  }

  private void leaveIdle(ManagedDevice device, long now) {
    Reason before = device.reason();
    Reason idle = new Reason(Reason.Code.IDLE, "no I/O since the last sweep");
    device.leave(idle, now);
    changed = true;
    listeners.skipped(device.name(), idle);
    tellIfChanged(device, before);
  }

  private void sweep(ManagedDevice device) throws InterruptedException {
    if (!refresh(device)) {
      return;
    }
    Reason before = device.reason();
    changed = true;
    SweepReport report = sweeper.sweep(device);
    device.swept(report, view.countersOf(device), host.clock().nanos(), host.clock().now());
    if (report.reason().code() == Reason.Code.CHANGED) {
      rescanWanted = true;
    }
    listeners.swept(report);
    tellIfChanged(device, before);
  }

  /** Reads the attributes that change while attached; false if it is another attachment. */
  private boolean refresh(ManagedDevice device) {
    try {
      Optional<LoopDevice> seen = host.scanner().read(device.name());
      if (seen.filter(device.device()::isSameAttachment).isPresent()) {
        device.refresh(seen.get());
        return true;
      }
    } catch (IOException e) {
      listeners.hostProblem(device.name() + ": sysfs entry unreadable: " + e.getMessage());
    }
    device.retryLater(host.clock().nanos());
    rescanWanted = true;
    return false;
  }

  private void tellIfChanged(ManagedDevice device, Reason before) {
    if (device.reason().code() != before.code()) {
      listeners.changed(device.report());
    }
  }

  /**
   * The shortest interval, or less if a device is due sooner: waiting for the full interval would
   * let it fill beyond its allowance, and an override's shorter interval have no effect.
   */
  private Duration untilNextTick() {
    Duration shortest = settings.interval().min();
    if (rescanWanted || paused) {
      return rescanWanted ? Duration.ZERO : shortest;
    }
    long now = host.clock().nanos();
    long untilDue = shortest.toNanos();
    for (ManagedDevice device : table.devices()) {
      if (!device.isExcluded()) {
        untilDue = Math.min(untilDue, device.dueAtNanos() - now);
      }
    }
    return Duration.ofNanos(Math.max(LEAST_WAIT.toNanos(), untilDue));
  }

  /** Allowances move at every tick; alone they are not worth a report of each device. */
  private void refreshReports() {
    long now = host.clock().nanos();
    if (changed || now - reportedAtNanos >= REPORT_INTERVAL.toNanos()) {
      reports = table.devices().stream().map(ManagedDevice::report).toList();
      reportedAtNanos = now;
      changed = false;
    }
  }

  private EngineSnapshot takeSnapshot() {
    refreshReports();
    return new EngineSnapshot(
        host.clock().now(),
        paused,
        settings.dryRun(),
        view.pressure(),
        view.sample(),
        toleratedBytes,
        table.devices().stream().mapToLong(ManagedDevice::residentBytes).sum(),
        table.totals(),
        reports,
        unreadable);
  }
}
