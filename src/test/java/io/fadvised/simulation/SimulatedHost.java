package io.fadvised.simulation;

import io.fadvised.cgroup.Cgroups;
import io.fadvised.directio.FakeDirectIo;
import io.fadvised.engine.Clock;
import io.fadvised.engine.Host;
import io.fadvised.engine.Work;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileSystemType;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.BackingFiles;
import io.fadvised.loop.IoCounters;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import io.fadvised.loop.LoopScan;
import io.fadvised.loop.OpeningStep;
import io.fadvised.pressure.MemInfo;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.Psi;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** A host in memory with its own time: the engine's view of a {@link Machine}. */
final class SimulatedHost {
  /** Reading all attributes of one device in sysfs. */
  private static final long SYSFS_DEVICE_NANOS = 40_000;

  /** Reading diskseq, which identifies the attachment. */
  private static final long SYSFS_SEQUENCE_NANOS = 5_000;

  /** Reading one line of /proc/diskstats: 5 ms for 1,000 devices (measured). */
  private static final long DISKSTATS_DEVICE_NANOS = 5_000;

  /** Reading meminfo, vmstat and PSI; an estimate. */
  private static final long PRESSURE_NANOS = 60_000;

  private static final long PSI_WINDOW_NANOS = 1_000_000_000;
  private static final long PSI_STEP_NANOS = 100_000_000;
  private static final long PSI_STALL_MICROS = 20_000;

  /** The stall time until a moment. */
  private record StallsThen(long atNanos, long micros) {}

  private final Machine machine;
  private final SimulatedKernel kernel;
  private final Map<String, SimulatedLoop> loops = new TreeMap<>();
  private final Cgroups cgroups = new SimulatedCgroups(this);
  private final KernelFeatures features;
  private final Deque<StallsThen> stalls = new ArrayDeque<>();
  private long firedAtNanos = -PSI_WINDOW_NANOS;
  private Optional<PressureSample> lastPressureWithoutLimits = Optional.empty();
  private long lastPressureAtNanos;
  private long nowNanos;

  SimulatedHost(Hardware hardware) {
    this(hardware, KernelFeatures.NEW);
  }

  SimulatedHost(Hardware hardware, KernelFeatures features) {
    machine = new Machine(hardware);
    kernel = new SimulatedKernel(this, features);
    this.features = features;
  }

  boolean hasPsi() {
    return features.hasPsi();
  }

  // -- the host ----------------------------------------------------------------------------------

  Machine machine() {
    return machine;
  }

  SimulatedKernel kernel() {
    return kernel;
  }

  /** Attaches a whole file. */
  SimulatedLoop attach(CachedFile backing) {
    return attach(backing, 0, backing.sizeBytes(), false);
  }

  SimulatedLoop attach(CachedFile backing, long offset, long sizeBytes, boolean directIo) {
    SimulatedLoop loop =
        new SimulatedLoop(
            machine,
            loops.size(),
            machine.file(sizeBytes),
            backing,
            offset,
            directIo,
            features.isEl7());
    loops.put(loop.device().name(), loop);
    loop.read(0, true); // udev probes for a filesystem
    return loop;
  }

  SimulatedLoop loop(String name) {
    return loops.get(name);
  }

  Iterable<SimulatedLoop> loops() {
    return loops.values();
  }

  /** Advances the time and runs the programs. */
  void advance(long nanos) {
    nowNanos += nanos;
    machine.runUntil(nowNanos);
  }

  void advance(Duration time) {
    advance(time.toNanos());
  }

  /**
   * Advances the time. PSI fires when tasks were stalled for 20 ms within a second. It checks ten
   * times a second and fires at most once a second.
   *
   * @param wakes called when PSI fires; ends the method early if it returns true
   */
  void advanceUntil(long endNanos, BooleanSupplier wakes) {
    while (nowNanos < endNanos) {
      advance(Math.min(endNanos - nowNanos, PSI_STEP_NANOS));
      if (features.hasPsi() && firesNow() && wakes.getAsBoolean()) {
        return;
      }
    }
  }

  private boolean firesNow() {
    long stalled = machine.memoryStalls().someMicros();
    stalls.addLast(new StallsThen(nowNanos, stalled));
    while (nowNanos - stalls.getFirst().atNanos() > PSI_WINDOW_NANOS) {
      stalls.removeFirst();
    }
    boolean fires =
        stalled - stalls.getFirst().micros() >= PSI_STALL_MICROS
            && nowNanos - firedAtNanos >= PSI_WINDOW_NANOS;
    firedAtNanos = fires ? nowNanos : firedAtNanos;
    return fires;
  }

  long nowNanos() {
    return nowNanos;
  }

  // -- the engine's view -------------------------------------------------------------------------

  Host asSeenByTheEngine() {
    return new Host(
        kernel,
        new Devices(),
        new Files(),
        this::ioCounters,
        new FakeDirectIo(),
        this::pressure,
        cgroups,
        SimulatedHost::work,
        this::advance,
        new HostClock());
  }

  /** Runs work on the engine's thread, since storage always responds here. */
  private static void work(Work<?> work, Duration patience) {
    work.run();
  }

  private Map<String, IoCounters> ioCounters() {
    kernel.spend("read diskstats", loops.size() * DISKSTATS_DEVICE_NANOS);
    Map<String, IoCounters> counters = new HashMap<>();
    loops.forEach(
        (name, loop) -> counters.put(name, features.isEl7() ? IoCounters.NONE : loop.counters()));
    return counters;
  }

  private PressureSample pressure() {
    kernel.spend("read pressure", PRESSURE_NANOS);
    lastPressureWithoutLimits = Optional.of(pressureWithoutLimits());
    lastPressureAtNanos = nowNanos;
    PageCache cache = machine.cache();
    return new PressureSample(
        memInfo(),
        cache.watermarkBytes(),
        features.isEl7() ? withoutRefaults(cache.counters()) : cache.counters(),
        psi(machine.memoryStalls()),
        psi(machine.ioStalls()));
  }

  private static VmStat withoutRefaults(VmStat all) {
    return new VmStat(0, all.scannedPages(), all.directReclaims(), all.reclaimedPages(), 0);
  }

  /**
   * Returns the last sample of the engine as a kernel would give it that leaves out what the limits
   * of cgroups cause.
   */
  Optional<PressureSample> lastPressureWithoutLimits() {
    return lastPressureWithoutLimits;
  }

  /** Returns the time of that sample. */
  long lastPressureAtNanos() {
    return lastPressureAtNanos;
  }

  private PressureSample pressureWithoutLimits() {
    PageCache cache = machine.cache();
    return new PressureSample(
        memInfo(),
        cache.watermarkBytes(),
        cache.countersOfHost(),
        psi(machine.hostMemoryStalls()),
        psi(machine.ioStalls()));
  }

  private MemInfo memInfo() {
    PageCache cache = machine.cache();
    return new MemInfo(
        machine.hardware().memoryBytes(),
        cache.availableBytes(),
        cache.freeBytes(),
        cache.inactiveBytes());
  }

  Optional<Psi> psi(Stalls stalled) {
    return features.hasPsi() ? Optional.of(new Psi(stalled.someMicros())) : Optional.empty();
  }

  private final class HostClock implements Clock {
    @Override
    public long nanos() {
      return nowNanos;
    }

    @Override
    public Instant now() {
      return Instant.EPOCH.plusNanos(nowNanos);
    }
  }

  private final class Devices implements LoopDevices {
    @Override
    public LoopScan scan(Map<String, LoopDevice> known) {
      int added = loops.size() - known.size();
      kernel.spend(
          "scan sysfs",
          Math.max(0, added) * SYSFS_DEVICE_NANOS + loops.size() * SYSFS_SEQUENCE_NANOS);
      List<LoopDevice> devices = new ArrayList<>();
      loops.values().forEach(loop -> devices.add(loop.device()));
      return new LoopScan(devices, List.of());
    }

    @Override
    public Optional<LoopDevice> read(String name) {
      kernel.spend("read sysfs", SYSFS_DEVICE_NANOS);
      return Optional.ofNullable(loops.get(name)).map(SimulatedLoop::device);
    }

    @Override
    public boolean isUncounted(String name) {
      return features.isEl7();
    }
  }

  private final class Files implements BackingFiles {
    @Override
    public BackingFile open(LoopDevice device, OpeningStep.Listener listener) {
      CachedFile file = lowerOf(device);
      return new BackingFile(
          kernel.open(file),
          kernel.statOf(file),
          FileSystemType.EXT4,
          file.identity().device(),
          Optional.of(device.backingPath()),
          "file handle on ext4");
    }

    @Override
    public FileIdentity identityOf(LoopDevice device) {
      return lowerOf(device).identity();
    }

    @Override
    public OptionalLong likelyFilesystem(LoopDevice device) {
      return OptionalLong.of(lowerOf(device).identity().device());
    }

    private CachedFile lowerOf(LoopDevice device) {
      return loops.get(device.name()).lower();
    }
  }
}
