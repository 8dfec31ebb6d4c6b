package io.fadvised.engine;

import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Pressure;
import io.fadvised.pressure.PressureSample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of the host and its devices at the end of a tick, or of a measurement between two.
 *
 * @param at time of the tick or the measurement
 * @param paused whether sweeps are paused
 * @param dryRun whether decisions are only reported
 * @param pressure of the host's memory
 * @param sample the figures behind it; empty before the first could be read
 * @param events source and number of pressure events
 * @param budgetBytes the present limit for all devices together
 * @param residentBytes lower cache as last measured, over all devices
 * @param totals work done since the start, detached devices included
 * @param pacing how the calls of posix_fadvise(2) were spaced since the start
 * @param hung number of hung sweeps, now and since the start
 * @param measuring time that mincore took since the start
 * @param benefit memory given back since the start
 * @param containers cgroups that are short of memory at their limits, or have got some back
 * @param devices in the order of their numbers
 * @param unreadable devices whose sysfs entries could not be read
 */
public record EngineSnapshot(
    Instant at,
    boolean paused,
    boolean dryRun,
    Pressure pressure,
    Optional<PressureSample> sample,
    PressureEvents.Summary events,
    long budgetBytes,
    long residentBytes,
    DeviceTotals totals,
    Pacing.Totals pacing,
    SweepRunner.Totals hung,
    Duration measuring,
    Benefit benefit,
    List<ContainerReport> containers,
    List<DeviceReport> devices,
    List<LoopScan.Problem> unreadable) {
  public EngineSnapshot {
    containers = List.copyOf(containers);
    devices = List.copyOf(devices);
    unreadable = List.copyOf(unreadable);
  }

  /** Returns whether the lower cache of all devices may be larger than {@code residentBytes}. */
  public boolean isLowerBound() {
    return !unreadable.isEmpty() || devices.stream().anyMatch(DeviceReport::isLowerBound);
  }
}
