package io.fadvised.status;

import io.fadvised.engine.Benefit;
import io.fadvised.engine.ContainerReport;
import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.DeviceTotals;
import io.fadvised.engine.DirectIoFinding;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.Pacing;
import io.fadvised.engine.PressureEvents;
import io.fadvised.engine.SweepReport;
import io.fadvised.engine.SweepRunner;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.FileNames;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopScan;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Backoff;
import io.fadvised.policy.Decision;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.Reason;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reports and snapshots for tests. */
public final class Reports {
  public static final Instant AT = Instant.parse("2025-03-01T12:00:00Z");

  /** A device measured by cachestat(2): 5 MiB resident, some of it dirty. */
  public static final Residency MEASURED =
      new Residency(5 << 20, OptionalLong.of(8192), OptionalLong.of(4096));

  /** A device with an estimated part. */
  public static final Residency ESTIMATED =
      new Residency(5 << 20, OptionalLong.empty(), OptionalLong.empty(), 1 << 20, 1L << 30);

  public static final Benefit BENEFIT = new Benefit(500, 4.5 * 3600 * (1L << 30));

  /** A container of a pod at its limit. */
  public static final ContainerReport CONTAINER =
      new ContainerReport(
          "/kubepods/burstable/pod6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f/"
              + "0123456789abcdef".repeat(4),
          256 << 20,
          new Pressure(0.75, Map.of(), "page cache refaults: 265 a second"),
          List.of("loop3"),
          5 << 20,
          700 << 20);

  private Reports() {}

  /** A managed device that was measured. */
  public static DeviceReport device(String name, String backingFile, Residency residency) {
    return new DeviceReport(
        new LoopDevice(
            name,
            BackingPath.of(backingFile),
            0,
            0,
            1 << 30,
            false,
            Optional.of(false),
            512,
            OptionalLong.of(7)),
        DeviceState.MANAGED,
        new Reason(Reason.Code.WITHIN_ALLOWANCE, "5 MiB is within the allowance"),
        Optional.of(residency),
        Optional.of(AT),
        false,
        Optional.of("cachestat"),
        Optional.of("path"),
        8 << 20,
        List.of(),
        new FillRate(1000.9),
        Duration.ofSeconds(3),
        Optional.of(AT),
        "direct I/O is available: losetup --direct-io=on /dev/" + name,
        new DeviceTotals(4, 2, 3, 600, 60),
        540);
  }

  public static DeviceReport device(String name) {
    return device(name, "/srv/" + name + ".img", MEASURED);
  }

  /**
   * A device measured at {@link #AT} and swept before.
   *
   * @param isOutdated whether it had I/O since it was measured
   */
  public static DeviceReport measured(String name, Duration sinceSweep, boolean isOutdated) {
    DeviceReport swept = device(name);
    return new DeviceReport(
        swept.device(),
        swept.state(),
        swept.reason(),
        swept.residency(),
        Optional.of(AT),
        isOutdated,
        swept.probe(),
        swept.foundBy(),
        swept.allowanceBytes(),
        swept.payers(),
        swept.fill(),
        swept.interval(),
        Optional.of(AT.minus(sinceSweep)),
        swept.directIo(),
        swept.totals(),
        swept.outBytes());
  }

  /** A device whose backing file is unreachable. */
  public static DeviceReport unreachable(String name) {
    DeviceReport before = device(name);
    return new DeviceReport(
        before.device(),
        DeviceState.UNREACHABLE,
        new Reason(Reason.Code.UNREACHABLE, "no file of that name"),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        before.allowanceBytes(),
        before.payers(),
        before.fill(),
        before.interval(),
        before.lastSweep(),
        before.directIo(),
        before.totals(),
        0);
  }

  /** A device that the configuration excludes. */
  public static DeviceReport excluded(String name) {
    DeviceReport before = device(name);
    return new DeviceReport(
        before.device(),
        DeviceState.EXCLUDED,
        new Reason(Reason.Code.EXCLUDED, "excluded by \"" + name + "\""),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        0,
        List.of(),
        FillRate.ZERO,
        before.interval(),
        Optional.empty(),
        "",
        DeviceTotals.ZERO,
        0);
  }

  /** A device of an old kernel that was not measured yet. */
  public static DeviceReport newDevice(String name) {
    return new DeviceReport(
        new LoopDevice(
            name,
            BackingPath.of("/srv/new.img"),
            4096,
            8192,
            8192,
            true,
            Optional.empty(),
            4096,
            OptionalLong.empty()),
        DeviceState.NEW,
        new Reason(Reason.Code.NEW, "not looked at yet"),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        0,
        List.of(),
        FillRate.ZERO,
        Duration.ofMillis(500),
        Optional.empty(),
        "",
        DeviceTotals.ZERO,
        0);
  }

  /** A host under some pressure, with a device that cannot be read. */
  public static EngineSnapshot snapshot(DeviceReport... devices) {
    return snapshot(List.of(new LoopScan.Problem("loop9", "sysfs entry unreadable")), devices);
  }

  /** A host under some pressure whose devices can all be read. */
  public static EngineSnapshot readableSnapshot(DeviceReport... devices) {
    return snapshot(List.of(), devices);
  }

  private static EngineSnapshot snapshot(
      List<LoopScan.Problem> unreadable, DeviceReport... devices) {
    return new EngineSnapshot(
        AT,
        false,
        true,
        new Pressure(
            0.25,
            Map.of(Pressure.Source.HEADROOM, 0.25, Pressure.Source.DIRECT_RECLAIM, 0.125),
            "memory headroom: 20.0 % of memory available"),
        Optional.of(
            new PressureSample(
                new MemInfo(1000, 200, 100, 0),
                0,
                new VmStat(0, 0, 0, 0, 0),
                Optional.empty(),
                Optional.empty())),
        new PressureEvents.Summary(true, "PSI (20 ms stalled within 1 s)", 7),
        300,
        40,
        new DeviceTotals(9, 8, 7, 6000, 500),
        new Pacing.Totals(Duration.ofMillis(30), 3, Duration.ofMillis(70)),
        new SweepRunner.Totals(1, 2),
        Duration.ofMillis(42),
        BENEFIT,
        List.of(CONTAINER),
        List.copyOf(Arrays.asList(devices)),
        unreadable);
  }

  /** A host before the first poll. */
  public static EngineSnapshot emptySnapshot() {
    return emptySnapshot(AT);
  }

  /** Like {@link #emptySnapshot()}, at a given time. */
  public static EngineSnapshot emptySnapshot(Instant at) {
    return pressedSnapshot(at, true, Pressure.NONE, 0, 0);
  }

  /** A host without devices. */
  public static EngineSnapshot pressedSnapshot(
      Instant at, boolean paused, Pressure pressure, long budgetBytes, long residentBytes) {
    return new EngineSnapshot(
        at,
        paused,
        false,
        pressure,
        Optional.empty(),
        new PressureEvents.Summary(false, "the timer only", 0),
        budgetBytes,
        residentBytes,
        DeviceTotals.ZERO,
        Pacing.Totals.ZERO,
        SweepRunner.Totals.ZERO,
        Duration.ZERO,
        Benefit.NONE,
        List.of(),
        List.of(),
        List.of());
  }

  /** A sweep of 5 ms. */
  public static SweepReport sweep(boolean evicts, Reason.Code code) {
    return sweep(evicts, code, Optional.empty());
  }

  /** A sweep of 5 ms with an eviction. */
  public static SweepReport sweep(boolean evicts, Reason.Code code, Optional<Eviction> eviction) {
    return new SweepReport(
        "loop3",
        Optional.empty(),
        FileNames.of(device("loop3").device()),
        new Decision(evicts, new Reason(code, "because")),
        Optional.empty(),
        eviction,
        Optional.empty(),
        FillRate.ZERO,
        Backoff.NONE,
        0,
        0,
        DirectIoFinding.NONE,
        Duration.ofMillis(5),
        Duration.ofMillis(5));
  }
}
