package io.fadvised.simulation;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason.Code;
import io.fadvised.policy.SweepPolicy;
import io.fadvised.simulation.ContainerHost.Tenant;
import io.fadvised.simulation.SimulatedCgroup.Count;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Watches whether the lower cache of a container that thrashes at its limit comes down to its
 * allowance, and does so once in an interval from then on. Bytes that are not written yet are not
 * counted, since no eviction can release them. A device may be spared if evicted pages are read
 * back, unless all reads in the container leave a copy in the upper cache.
 */
final class AllowanceWatch implements EngineListener {
  /** The time in which pages have to be refaulted at the rate of full pressure. */
  private static final int RATE_SLICES = 50;

  private static final double SLICES_PER_SECOND = 1e9 / Machine.SLICE_NANOS;

  /** Full pressure in 2 GiB, see PressureGauge; it grows with the square root of the limit. */
  private static final double FULL_REFAULTS_PER_SECOND = 1000;

  /** With fewer chunks a second, chance decides when a second begins. */
  private static final int MIN_CHUNKS_PER_SECOND = 8;

  /** The default of budget.container.pressed. */
  private static final double PRESSED_SHARE = 0.01;

  /** The time in which reads and writes after an eviction are not counted. */
  private static final int JUST_ADDED_SLICES = 5;

  private static final int ROUNDING_CHUNKS = 4;

  private static final Set<Code> PAUSES = EnumSet.of(Code.SKIPPED, Code.PAUSED);

  /** The lower cache in the last slices. */
  private static final class Lower {
    final long[] added = new long[JUST_ADDED_SLICES];
    final long[] unwritten = new long[JUST_ADDED_SLICES];
    int withinAtSlice;
  }

  /** The refaults and strikes of a cgroup in the last half second, and since when it thrashes. */
  private static final class Thrashing {
    final long[] refaulted = new long[RATE_SLICES];
    final long[] strikes = new long[RATE_SLICES];
    int slices;
    int sinceSlice = Integer.MAX_VALUE;
  }

  private final ContainerHost containers;
  private final SimulatedHost host;
  private final int withinSlices;
  private final int intervalSlices;
  private final Map<SimulatedCgroup, Thrashing> thrashing = new HashMap<>();
  private final Map<Tenant, Lower> lower = new HashMap<>();
  private final Map<String, Boolean> spared = new HashMap<>();
  private final Map<SimulatedCgroup, Boolean> cachingTwice = new HashMap<>();
  private final Map<Tenant, String> problems = new HashMap<>();
  private int slice;
  private int thrashes;

  /**
   * @param withinSeconds time until the lower cache is within its allowance
   * @param intervalSeconds maximum time from one eviction to the next
   */
  AllowanceWatch(ContainerHost containers, double withinSeconds, double intervalSeconds) {
    this.containers = containers;
    host = containers.host();
    withinSlices = (int) (withinSeconds * SLICES_PER_SECOND);
    intervalSlices = (int) (intervalSeconds * SLICES_PER_SECOND);
    host.machine().observe(this::observe);
  }

  /** Returns what was wrong, for each container once. */
  List<String> problems() {
    return new ArrayList<>(problems.values());
  }

  /** Returns how often a container has thrashed long enough to be watched. */
  int thrashes() {
    return thrashes;
  }

  @Override
  public void swept(SweepReport sweep) {
    spared.put(
        sweep.device(), PAUSES.contains(sweep.reason().code()) || sweep.backoff().isCareful());
  }

  private void observe() {
    slice++;
    for (SimulatedCgroup cgroup : host.machine().cache().cgroups()) {
      if (cgroup.hasLimit()) {
        observe(cgroup, thrashing.computeIfAbsent(cgroup, first -> new Thrashing()));
      }
    }
    containers.containers().forEach(this::observe);
  }

  private void observe(SimulatedCgroup cgroup, Thrashing state) {
    PageCache cache = host.machine().cache();
    int at = slice % RATE_SLICES;
    long refaulted = cgroup.count(Count.REFAULTED);
    double perSecond = (refaulted - state.refaulted[at]) * SLICES_PER_SECOND / RATE_SLICES;
    boolean isStruck = cgroup.strikes() > state.strikes[at];
    state.refaulted[at] = refaulted;
    state.strikes[at] = cgroup.strikes();
    double full = FULL_REFAULTS_PER_SECOND * Math.sqrt((double) limitBytes(cgroup) / (2L << 30));
    double fullChunks = Math.max(MIN_CHUNKS_PER_SECOND, full / cache.pagesPerChunk());
    boolean isThrashing = ++state.slices > RATE_SLICES && isStruck && perSecond >= fullChunks;
    if (!isThrashing) {
      state.sinceSlice = Integer.MAX_VALUE;
    } else if (state.sinceSlice == Integer.MAX_VALUE) {
      state.sinceSlice = slice;
    }
  }

  private void observe(Tenant container) {
    CachedFile file = container.loop().lower();
    Lower state = lower.computeIfAbsent(container, first -> new Lower());
    int at = slice % JUST_ADDED_SLICES;
    long resident = file.residentBytes() - (file.addedBytes() - state.added[at]);
    state.added[at] = file.addedBytes();
    state.unwritten[at] = file.unwrittenBytes();
    resident -= LongStream.of(state.unwritten).max().orElse(0);
    Optional<SimulatedCgroup> payer = thrashingPayer(container);
    if (payer.isEmpty() || isSpared(container, payer.get())) {
      state.withinAtSlice = slice;
      return;
    }
    long limit = limitBytes(payer.get());
    long allowed = Math.max(SweepPolicy.WORTH_BYTES, (long) (PRESSED_SHARE * limit));
    if (resident <= allowed + (long) ROUNDING_CHUNKS * host.machine().hardware().chunkBytes()) {
      state.withinAtSlice = slice;
    } else if (slice - state.withinAtSlice > intervalSlices) {
      problems.putIfAbsent(
          container,
          "after %.1f s %.1f MiB resident, %.1f MiB allowed: %s"
              .formatted(
                  host.nowNanos() / 1e9,
                  (double) resident / (1 << 20),
                  (double) allowed / (1 << 20),
                  container));
    }
  }

  /** Returns the cgroup that pays for the device and has thrashed long enough. */
  private Optional<SimulatedCgroup> thrashingPayer(Tenant container) {
    for (SimulatedCgroup payer = container.cgroup(); payer != null; payer = payer.parent()) {
      Thrashing state = thrashing.get(payer);
      if (state != null && slice - state.sinceSlice >= withinSlices) {
        thrashes += slice - state.sinceSlice == withinSlices ? 1 : 0;
        return Optional.of(payer);
      }
    }
    return Optional.empty();
  }

  private boolean isSpared(Tenant container, SimulatedCgroup payer) {
    return spared.getOrDefault(container.device(), false)
        && !cachingTwice.computeIfAbsent(payer, containers::cacheTwice);
  }

  private long limitBytes(SimulatedCgroup cgroup) {
    return cgroup.limitChunks() * host.machine().hardware().chunkBytes();
  }
}
