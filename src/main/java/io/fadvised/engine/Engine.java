package io.fadvised.engine;

import static io.fadvised.policy.Durations.min;

import io.fadvised.config.Settings;
import io.fadvised.loop.Printable;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Reason;
import io.fadvised.policy.TickDelay;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The engine. Each {@link #tick} discovers devices, polls the host, divides the budget, sweeps the
 * devices that are due, and publishes a snapshot. Not thread-safe, except for the methods marked
 * so; {@link EngineLoop} is its thread.
 */
public final class Engine {
  /** The time until a device on hung storage is tried again. */
  private static final Duration HUNG_RETRY = Duration.ofSeconds(5);

  private static final int MAX_TICKS_OF_A_SWEEP = 20;

  /** A figure of this age is current even where the kernel does not count I/O. */
  private static final Duration CURRENT = Duration.ofMillis(100);

  private final Host host;
  private final Listeners listeners;
  private final DeviceRegistry registry;
  private final Discovery discovery;
  private final HostView view;
  private final PressureEvents events = new PressureEvents();
  private final SweepRunner runner;
  private final Schedule schedule;
  private final BenefitMeter benefit;
  private Settings settings;
  private boolean paused;
  private long budgetBytes;
  private final UsualCost overhead = new UsualCost();
  private long measuringNanos;
  private long measuredNanos;
  private boolean isWorkLeft;
  private volatile EngineSnapshot snapshot;

  /**
   * The result of a sweep of some devices.
   *
   * @param devices number of devices that were swept
   * @param releasedBytes by these devices
   * @param left the other devices by their names, as text to print, each with the reason
   */
  public record Swept(int devices, long releasedBytes, Map<String, String> left) {}

  public Engine(Host host, Settings settings, List<EngineListener> listeners) {
    this.host = host;
    this.settings = settings;
    this.listeners = new Listeners(listeners);
    registry = new DeviceRegistry(host, this.listeners);
    discovery = new Discovery(registry, now());
    view = new HostView(host, this.listeners::hostProblem);
    runner = new SweepRunner(host);
    schedule = new Schedule(now());
    benefit = new BenefitMeter(now());
    snapshot = takeSnapshot(now());
  }

  /** Returns the state at the end of the last tick or measurement. Safe for any thread. */
  public EngineSnapshot snapshot() {
    return snapshot;
  }

  /**
   * Requests a scan of sysfs. Safe for any thread.
   *
   * @return whether none was requested before
   */
  public boolean requestRescan() {
    return discovery.requestScan();
  }

  /**
   * Requests that devices are read again which were attached, detached or changed. Safe for any
   * thread.
   *
   * @return whether the next tick should come at once; otherwise it comes soon enough
   */
  public boolean devicesChanged(Collection<String> names) {
    runner.endSweepOf(names);
    return discovery.requestRead(names, now());
  }

  /**
   * Sets the source of pressure events; at first there is none. Safe for any thread.
   *
   * @param watched whether there is one
   * @param words its name for people, such as "PSI (20 ms stalled within 1 s)"
   */
  public void pressureWatched(boolean watched, String words) {
    events.watching(watched, words);
  }

  /**
   * Records that tasks were stalled for memory. Safe for any thread.
   *
   * @return whether the next tick should come at once because it is seconds away
   */
  public boolean pressureRises() {
    return events.rises();
  }

  /**
   * Applies new settings to all devices and sweeps them at the next tick, which also reads their
   * names again. Equal settings sweep nothing: a reload each minute must not cost a sweep of
   * thousands of devices.
   */
  public void apply(Settings wanted) {
    if (!wanted.equals(settings)) {
      settings = wanted;
      registry.apply(wanted, now());
    }
    discovery.requestScan();
  }

  /** Pauses or resumes sweeping; polling continues. */
  public void setPaused(boolean wanted) {
    paused = wanted;
  }

  /**
   * Sweeps every device that is not excluded, whatever its interval and its I/O, in up to {@value
   * #MAX_TICKS_OF_A_SWEEP} ticks.
   */
  public void sweepAll() throws InterruptedException {
    makeAllDue();
    tickUntil(() -> unsweptDevices() == 0);
  }

  /**
   * Sweeps some devices like {@link #sweepAll}. A device that has its backing file in common with
   * another one is swept there.
   */
  public Swept sweep(Set<String> names) throws InterruptedException {
    registry.read(names, settings, now()); // one may be attached just now
    Map<String, Device> asked = new TreeMap<>();
    names.forEach(name -> registry.lead(name).ifPresent(device -> asked.put(name, device)));
    Set<Device> devices = Set.copyOf(asked.values());
    DeviceTotals before = DeviceTotals.sum(DeviceTotals.ZERO, devices);
    devices.forEach(device -> device.times().makeDue(now()));
    tickUntil(() -> devices.stream().noneMatch(this::isUnswept));
    Map<String, String> left = new TreeMap<>();
    for (String name : names) {
      Device device = asked.get(name);
      if (device == null || !registry.has(device)) {
        left.put(Printable.of(name), "not attached");
      } else if (device.isExcluded() || device.times().isWanted()) {
        left.put(Printable.of(name), device.reason().words());
      }
    }
    long swept =
        devices.stream()
            .filter(device -> !device.times().isWanted() && !device.isExcluded())
            .count();
    return new Swept(
        Math.toIntExact(swept),
        DeviceTotals.sum(DeviceTotals.ZERO, devices).releasedBytes() - before.releasedBytes(),
        left);
  }

  private void tickUntil(BooleanSupplier isDone) throws InterruptedException {
    int ticks = 0;
    do {
      tick();
      ticks++;
    } while (!isDone.getAsBoolean() && ticks < MAX_TICKS_OF_A_SWEEP);
  }

  /** Makes every device due at the next tick, whatever its interval and its I/O. */
  public void makeAllDue() {
    registry.devices().forEach(device -> device.times().makeDue(now()));
  }

  /**
   * Measures the devices whose figures may have changed, and publishes a snapshot: devices that
   * have had I/O since they were measured, whose I/O is not counted, or that were never measured.
   * It evicts nothing, also works while sweeps are paused, and does not affect the next sweeps.
   *
   * @param limit no measurement begins later; devices that are not measured keep their last figure
   */
  public void measureChanged(Duration limit) throws InterruptedException {
    long began = now();
    long currentSince = began - CURRENT.toNanos();
    view.pollCounters();
    registry.observe(view, began);
    List<Device> outdated = Schedule.outdated(registry.devices(), currentSince);
    for (Device device : outdated) {
      if (now() - began >= limit.toNanos()) {
        break;
      }
      if (runner.reasonAgainst(device).isEmpty()) {
        run(device, job(device, outdated.size(), true));
      }
    }
    snapshot = takeSnapshot(currentSince);
    listeners.measured(snapshot);
  }

  /** Returns the number of devices whose sweep was requested and is still possible. */
  public int unsweptDevices() {
    return Math.toIntExact(registry.devices().stream().filter(this::isUnswept).count());
  }

  private boolean isUnswept(Device device) {
    return registry.has(device)
        && device.times().isWanted()
        && device.isDue(Conditions.CALM, now())
        && runner.reasonAgainst(device).isEmpty();
  }

  /**
   * Runs one cycle of discovery, polling and sweeps.
   *
   * @return time until the next tick is due
   * @throws InterruptedException if the engine is being stopped
   */
  public Duration tick() throws InterruptedException {
    long began = now();
    discovery.run(settings, host.clock());
    poll(began);
    collectReturned();
    divideBudget();
    long sweptFrom = now();
    isWorkLeft = maySweep() && sweepDue();
    long sweepingNanos = now() - sweptFrom;
    divideBudget(); // measurements may change which devices exceed their allowance
    publish(began);
    long overheadNanos = now() - began - sweepingNanos;
    overhead.add(overheadNanos);
    discovery.ticked(overheadNanos, now());
    return untilNextTick();
  }

  /** Without the size of memory there is no budget. */
  private boolean maySweep() {
    return !paused && view.sample().isPresent();
  }

  private void divideBudget() {
    budgetBytes = Allowances.grant(settings, view, registry.devices());
  }

  private void poll(long nowNanos) {
    view.poll(nowNanos, events.take());
    registry.observe(view, nowNanos);
  }

  /** Takes over the results of hung sweeps that returned, and makes quarantined devices due. */
  private void collectReturned() {
    List<SweepRunner.Running> returned = runner.takeReturned();
    for (SweepRunner.Running running : returned) {
      if (registry.has(running.device())) {
        finishLate(running);
        if (!running.sweeper().job().settings().equals(settings)) {
          running.device().apply(settings, now());
        }
        running.device().times().makeDue(now()); // a hung sweep stops evicting
      }
    }
    if (!returned.isEmpty()) {
      registry.devices().stream()
          .filter(device -> device.state() == DeviceState.QUARANTINED && !device.isSweeping())
          .forEach(device -> device.times().makeDue(now()));
    }
    runner.explainHung();
  }

  private void finishLate(SweepRunner.Running running) {
    try {
      finish(running.device(), running.sweeper().job(), running.work().result());
    } catch (InterruptedException e) {
      running.device().sweepFailed(); // interrupted by a stop that a start followed
    }
  }

  /** Returns whether time ran out before all devices that are due were swept. */
  private boolean sweepDue() throws InterruptedException {
    long began = now();
    measuringNanos = 0;
    List<Device> due = schedule.due(registry.devices(), view.conditions(), began);
    for (Iterator<Device> next = due.iterator(); next.hasNext(); ) {
      if (now() - began > Schedule.MAX_SWEEPING.toNanos()
          || measuringNanos > Schedule.MAX_MEASURING.toNanos()) {
        return true;
      }
      Device device = next.next();
      boolean isRoutine = device.isRoutine();
      long from = now();
      serve(device, due.size());
      if (isRoutine) {
        schedule.sweptIdle(now() - from, now());
      }
    }
    return due.stream().anyMatch(device -> device.isDue(view.conditions(), now()));
  }

  private void serve(Device device, int due) throws InterruptedException {
    Optional<Reason> against = runner.reasonAgainst(device);
    if (against.isPresent()) {
      skip(device, against.get());
      return;
    }
    rest();
    if (registry.refresh(device, settings, now())) {
      run(device, job(device, due, false));
    } else if (device.isInDoubt()) {
      devicesChanged(List.of(device.name()));
    }
  }

  /** Waits until the next eviction may begin; no file is open meanwhile. */
  private void rest() throws InterruptedException {
    Duration rest = runner.remainingRest();
    if (!rest.isZero()) {
      host.pause().pause(rest);
    }
  }

  private SweepJob job(Device device, int due, boolean onlyMeasures) {
    return device.job(
        settings,
        view.conditions(),
        Schedule.slice(due),
        Schedule.measuringSlice(due),
        onlyMeasures,
        now());
  }

  private void run(Device device, SweepJob job) throws InterruptedException {
    Reason before = device.reason();
    Optional<SweepReport> report = runner.sweep(device, job);
    if (report.isPresent()) {
      finish(device, job, report.get());
    } else {
      reportIfChanged(device, before);
    }
  }

  private void finish(Device device, SweepJob job, SweepReport report) {
    Reason before = device.reason();
    String directIo = device.report().directIo();
    if (job.onlyMeasures()) {
      device.measured(job, report, now(), host.clock().now());
    } else {
      device.swept(job, report, now(), host.clock().now());
      report.eviction().ifPresent(done -> view.released(device, done.releasedBytes()));
      measuringNanos += report.measuring().toNanos();
      listeners.swept(report);
    }
    measuredNanos += report.measuring().toNanos();
    report
        .attachment()
        .ifPresent(
            found -> registry.update(device, found, settings, now())); // may be renamed by now
    if (report.reason().code() == Reason.Code.CHANGED) {
      device.changed();
      devicesChanged(List.of(device.name()));
    }
    if (!device.report().directIo().equals(directIo)) {
      listeners.directIo(device.report());
    }
    reportIfChanged(device, before);
  }

  private void skip(Device device, Reason why) {
    Reason before = device.reason();
    device.hang(why);
    device.times().postpone(now() + HUNG_RETRY.toNanos());
    listeners.skipped(device.name(), why);
    reportIfChanged(device, before);
  }

  private void reportIfChanged(Device device, Reason before) {
    if (device.reason().code() != before.code()) {
      listeners.changed(device.report());
    }
  }

  private void publish(long tickedFromNanos) {
    long outBytes =
        registry.devices().stream()
            .filter(device -> !device.isFollower() && !device.isExcluded())
            .mapToLong(Device::outBytes)
            .sum();
    long available = view.sample().map(sample -> sample.memory().availableBytes()).orElse(0L);
    benefit.count(outBytes, available, now());
    snapshot = takeSnapshot(tickedFromNanos);
    listeners.ticked(snapshot);
  }

  private EngineSnapshot takeSnapshot(long currentSinceNanos) {
    return new EngineSnapshot(
        host.clock().now(),
        paused,
        settings.dryRun(),
        view.pressure(),
        view.sample(),
        events.summary(),
        budgetBytes,
        registry.devices().stream().mapToLong(device -> device.figure().residentBytes()).sum(),
        registry.totals(),
        runner.pacing(),
        runner.totals(),
        Duration.ofNanos(measuredNanos),
        benefit.benefit(),
        view.containers(registry.devices()),
        registry.reports(currentSinceNanos),
        registry.unreadable());
  }

  private Duration untilNextTick() {
    boolean isQuiet = isQuiet();
    events.expect(isQuiet);
    long now = now();
    Duration untilDue = discovery.untilNext(settings.interval().max(), now);
    if (view.isAnyLimitNew()) {
      untilDue = min(untilDue, LimitView.MIN_JUDGED);
    }
    for (Device device : registry.devices()) {
      if (maySweep() && device.isBusy()) {
        untilDue = min(untilDue, Duration.ofNanos(device.times().dueAtNanos() - now));
      }
    }
    Duration rest =
        TickDelay.rest(
            Duration.ofNanos(overhead.nanos()), Duration.ofNanos(measuringNanos), isWorkLeft);
    return TickDelay.of(isQuiet, isWorkLeft, untilDue, rest);
  }

  /** Returns whether there is no pressure, and no device has I/O or exceeds its allowance. */
  private boolean isQuiet() {
    if (!view.isMemoryQuiet(events.summary().watched())) {
      return false;
    }
    for (Device device : registry.devices()) {
      if (device.countsTowardsBudget()
          && (!device.isMeasured() || !device.seemsIdle() || device.isOverAllowance())) {
        return false;
      }
    }
    return true;
  }

  private long now() {
    return host.clock().nanos();
  }
}
