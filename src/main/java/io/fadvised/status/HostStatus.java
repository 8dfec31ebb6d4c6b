package io.fadvised.status;

import static java.util.Objects.requireNonNull;

import io.avaje.jsonb.Json;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.PressureEvents;
import io.fadvised.json.JsonText;
import io.fadvised.loop.KubeletVolume;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.policy.Pressure;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The host and its loop devices as flat values. Sizes are in bytes.
 *
 * @param schemaVersion see {@link JsonText#SCHEMA_VERSION}
 * @param at time of the snapshot, ISO 8601
 * @param daemon the daemon that reports it; empty if it was measured without one
 * @param paused whether sweeps are paused
 * @param dryRun whether decisions are only reported
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param pressureSources the available sources, highest first
 * @param wokenBy the source of pressure events between ticks, and their number if any
 * @param memoryBytes MemTotal; empty if it could not be read
 * @param availableBytes MemAvailable; empty if it could not be read
 * @param budgetBytes the current budget of all devices
 * @param residentBytes lower cache of all devices as last measured
 * @param residentIsLowerBound whether it may be more, because a device has had I/O since it was
 *     measured or was not measured
 * @param releasedBytes since the daemon started
 * @param returnedBytes since the daemon started
 * @param givenBackBytes memory given back at present; an upper bound
 * @param givenBackGibHours memory given back multiplied by its duration, since the daemon started
 * @param adviceCalls calls of posix_fadvise(2) since the daemon started
 * @param adviceMillis time in these calls
 * @param containers cgroups that are short of memory at their limits, or have got some back
 * @param devices sorted by number
 * @param problems messages about devices that could not be read
 */
@Json
public record HostStatus(
    int schemaVersion,
    String at,
    Optional<Instance> daemon,
    boolean paused,
    boolean dryRun,
    double pressure,
    String pressureReason,
    List<PressureSource> pressureSources,
    String wokenBy,
    OptionalLong memoryBytes,
    OptionalLong availableBytes,
    long budgetBytes,
    long residentBytes,
    boolean residentIsLowerBound,
    long releasedBytes,
    long returnedBytes,
    long givenBackBytes,
    double givenBackGibHours,
    long adviceCalls,
    long adviceMillis,
    List<ContainerStatus> containers,
    List<DeviceStatus> devices,
    List<String> problems) {
  /** Rejects another version and null, which JSON from elsewhere may contain. */
  public HostStatus {
    if (schemaVersion != JsonText.SCHEMA_VERSION) {
      throw new IllegalArgumentException(
          "schemaVersion is " + schemaVersion + " instead of " + JsonText.SCHEMA_VERSION);
    }
    requireNonNull(at, "no \"at\"");
    requireNonNull(pressureReason, "no \"pressureReason\"");
    requireNonNull(wokenBy, "no \"wokenBy\"");
    pressureSources = List.copyOf(pressureSources);
    containers = containers == null ? List.of() : List.copyOf(containers); // of an older daemon
    devices = List.copyOf(devices);
    problems = List.copyOf(problems);
  }

  /** Returns the same status with these devices only; its totals stay those of the host. */
  public HostStatus showing(List<DeviceStatus> shown) {
    return with(daemon, shown, containers);
  }

  /** Returns the same status with this origin and these devices. */
  public HostStatus with(Optional<Instance> origin, List<DeviceStatus> shown) {
    return with(origin, shown, containers);
  }

  /**
   * Returns the same status with the volumes of each container. The mounts are read only if a
   * container pays for a device.
   */
  public HostStatus withVolumes(LoopMountPoints mounts) {
    if (containers.stream().allMatch(container -> container.devices().isEmpty())) {
      return this;
    }
    Map<String, String> mountPoints = mounts.find(KubeletVolume::isIn);
    Map<String, String> volumes = new HashMap<>();
    for (DeviceStatus device : devices) {
      KubeletVolume.of(device.device(), mountPoints, device.backingFile())
          .ifPresent(volume -> volumes.put(device.device(), volume.name()));
    }
    return with(
        daemon,
        devices,
        containers.stream()
            .map(
                container ->
                    container.withVolumes(
                        container.devices().stream()
                            .filter(volumes::containsKey)
                            .map(volumes::get)
                            .distinct()
                            .toList()))
            .toList());
  }

  private HostStatus with(
      Optional<Instance> origin, List<DeviceStatus> shown, List<ContainerStatus> named) {
    return new HostStatus(
        schemaVersion,
        at,
        origin,
        paused,
        dryRun,
        pressure,
        pressureReason,
        pressureSources,
        wokenBy,
        memoryBytes,
        availableBytes,
        budgetBytes,
        residentBytes,
        residentIsLowerBound,
        releasedBytes,
        returnedBytes,
        givenBackBytes,
        givenBackGibHours,
        adviceCalls,
        adviceMillis,
        named,
        shown,
        problems);
  }

  /** Flattens a snapshot. */
  public static HostStatus of(EngineSnapshot snapshot) {
    return of(
        snapshot,
        snapshot.devices().stream().map(report -> DeviceStatus.of(report, snapshot.at())).toList());
  }

  /** Flattens a snapshot, but not its devices. */
  public static HostStatus ofHost(EngineSnapshot snapshot) {
    return of(snapshot, List.of());
  }

  private static HostStatus of(EngineSnapshot snapshot, List<DeviceStatus> devices) {
    return new HostStatus(
        JsonText.SCHEMA_VERSION,
        snapshot.at().toString(),
        Optional.empty(),
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
        snapshot.budgetBytes(),
        snapshot.residentBytes(),
        snapshot.isLowerBound(),
        snapshot.totals().releasedBytes(),
        snapshot.totals().returnedBytes(),
        snapshot.benefit().givenBackBytes(),
        snapshot.benefit().gibHours(),
        snapshot.totals().adviceCalls(),
        snapshot.pacing().inside().toMillis(),
        snapshot.containers().stream().map(ContainerStatus::of).toList(),
        devices,
        snapshot.unreadable().stream()
            .map(problem -> problem.device() + ": " + problem.message())
            .toList());
  }

  private static List<PressureSource> sources(Pressure pressure) {
    return pressure.sources().entrySet().stream()
        .map(source -> new PressureSource(source.getKey().words(), source.getValue()))
        .sorted(Comparator.comparingDouble(PressureSource::pressure).reversed())
        .toList();
  }

  private static String wokenBy(PressureEvents.Summary events) {
    return switch ((int) Math.min(2, events.count())) {
      case 0 -> events.words();
      case 1 -> events.words() + ", once so far";
      default -> events.words() + ", " + events.count() + " times so far";
    };
  }

  /**
   * A source of memory pressure.
   *
   * @param source its name in words
   * @param pressure 0 to 1
   */
  @Json
  public record PressureSource(String source, double pressure) {
    public PressureSource {
      requireNonNull(source, "no \"source\"");
    }
  }
}
