package io.fadvised.status;

import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.PressureEvents;
import java.util.List;
import java.util.OptionalLong;

/**
 * The host and its loop devices, flat. Sizes are in bytes.
 *
 * @param at time of the look, ISO 8601
 * @param paused whether sweeps are paused
 * @param dryRun whether decisions are only reported
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param wokenBy what tells the engine of pressure between its ticks, and how often it did
 * @param memoryBytes MemTotal; empty if it could not be read
 * @param availableBytes MemAvailable; empty likewise
 * @param toleratedBytes lower cache tolerated at present, over all devices
 * @param residentBytes lower cache at the last sweeps, over all devices
 * @param releasedBytes since the daemon started
 * @param returnedBytes since the daemon started
 * @param devices in the order of their numbers
 * @param problems devices that could not be read, in words
 */
public record HostStatus(
    String at,
    boolean paused,
    boolean dryRun,
    double pressure,
    String pressureReason,
    String wokenBy,
    OptionalLong memoryBytes,
    OptionalLong availableBytes,
    long toleratedBytes,
    long residentBytes,
    long releasedBytes,
    long returnedBytes,
    List<DeviceStatus> devices,
    List<String> problems) {
  public HostStatus {
    devices = List.copyOf(devices);
    problems = List.copyOf(problems);
  }

  /** Flattens a snapshot. */
  public static HostStatus of(EngineSnapshot snapshot) {
    return new HostStatus(
        snapshot.at().toString(),
        snapshot.paused(),
        snapshot.dryRun(),
        snapshot.pressure().level(),
        snapshot.pressure().words(),
        wokenBy(snapshot.events()),
        snapshot.sample().stream().mapToLong(sample -> sample.memory().totalBytes()).findFirst(),
        snapshot.sample().stream()
            .mapToLong(sample -> sample.memory().availableBytes())
            .findFirst(),
        snapshot.toleratedBytes(),
        snapshot.residentBytes(),
        snapshot.totals().releasedBytes(),
        snapshot.totals().returnedBytes(),
        snapshot.devices().stream().map(DeviceStatus::of).toList(),
        snapshot.unreadable().stream()
            .map(problem -> problem.device() + ": " + problem.message())
            .toList());
  }

  private static String wokenBy(PressureEvents.Told events) {
    return events.words() + (events.watched() ? ", " + events.count() + " times so far" : "");
  }
}
