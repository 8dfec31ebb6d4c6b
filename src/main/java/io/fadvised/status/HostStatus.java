package io.fadvised.status;

import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.PressureEvents;
import io.fadvised.policy.Pressure;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The host and its loop devices, flat. Sizes are in bytes.
 *
 * @param at time of the look, ISO 8601
 * @param paused whether sweeps are paused
 * @param dryRun whether decisions are only reported
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param pressureSources each source that says anything, 0 to 1
 * @param wokenBy what tells the engine of pressure between its ticks, and how often it did
 * @param memoryBytes MemTotal; empty if it could not be read
 * @param availableBytes MemAvailable; empty likewise
 * @param toleratedBytes lower cache tolerated at present, over all devices
 * @param residentBytes lower cache at the last sweeps, over all devices
 * @param releasedBytes since the daemon started
 * @param returnedBytes since the daemon started
 * @param givenBackBytes memory given back at present: at most that
 * @param sinceStart what eviction gave and cost since the daemon started
 * @param devices in the order of their numbers
 * @param problems devices that could not be read, in words
 */
public record HostStatus(
    String at,
    boolean paused,
    boolean dryRun,
    double pressure,
    String pressureReason,
    Map<String, Double> pressureSources,
    String wokenBy,
    OptionalLong memoryBytes,
    OptionalLong availableBytes,
    long toleratedBytes,
    long residentBytes,
    long releasedBytes,
    long returnedBytes,
    long givenBackBytes,
    BenefitStatus sinceStart,
    List<DeviceStatus> devices,
    List<String> problems) {
  public HostStatus {
    pressureSources = Collections.unmodifiableMap(new TreeMap<>(pressureSources));
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
        sources(snapshot.pressure()),
        wokenBy(snapshot.events()),
        snapshot.sample().stream().mapToLong(sample -> sample.memory().totalBytes()).findFirst(),
        snapshot.sample().stream()
            .mapToLong(sample -> sample.memory().availableBytes())
            .findFirst(),
        snapshot.toleratedBytes(),
        snapshot.residentBytes(),
        snapshot.totals().releasedBytes(),
        snapshot.totals().returnedBytes(),
        snapshot.benefit().givenBackBytes(),
        BenefitStatus.of(snapshot.benefit()),
        snapshot.devices().stream().map(report -> DeviceStatus.of(report, snapshot.at())).toList(),
        snapshot.unreadable().stream()
            .map(problem -> problem.device() + ": " + problem.message())
            .toList());
  }

  private static Map<String, Double> sources(Pressure pressure) {
    Map<String, Double> sources = new TreeMap<>();
    pressure.sources().forEach((source, level) -> sources.put(source.words(), level));
    return sources;
  }

  private static String wokenBy(PressureEvents.Told events) {
    return events.words() + (events.watched() ? ", " + events.count() + " times so far" : "");
  }
}
