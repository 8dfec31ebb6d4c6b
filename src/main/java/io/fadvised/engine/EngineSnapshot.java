package io.fadvised.engine;

import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Pressure;
import io.fadvised.pressure.PressureSample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Host and devices as of the last tick.
 *
 * @param at time of the tick
 * @param paused whether sweeps are paused
 * @param dryRun whether decisions are only reported
 * @param pressure how hard memory is pressed
 * @param sample the figures behind it; empty before the first could be read
 * @param events what told of pressure between the looks
 * @param toleratedBytes how much lower cache is tolerated at present, over all devices
 * @param residentBytes how much there was at the last sweeps, over all devices
 * @param totals what was done since the start, detached devices included
 * @param pacing how the calls of posix_fadvise(2) were spaced since the start
 * @param quarantine what came of stuck storage
 * @param measuring what measuring may take where it takes time, and has taken since the start
 * @param benefits what eviction was good for
 * @param devices in the order of their numbers
 * @param unreadable devices whose sysfs entries could not be read
 */
public record EngineSnapshot(
    Instant at,
    boolean paused,
    boolean dryRun,
    Pressure pressure,
    Optional<PressureSample> sample,
    PressureEvents.Told events,
    long toleratedBytes,
    long residentBytes,
    DeviceTotals totals,
    Pacing.Totals pacing,
    Quarantine.Totals quarantine,
    MeasuringTime.Totals measuring,
    Benefits benefits,
    List<DeviceReport> devices,
    List<LoopScan.Problem> unreadable) {
  public EngineSnapshot {
    devices = List.copyOf(devices);
    unreadable = List.copyOf(unreadable);
  }
}
