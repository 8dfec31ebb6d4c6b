package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Explained;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureSample;
import io.fadvised.simulation.ContainerHost.Rest;
import io.fadvised.simulation.ContainerHost.Tenant;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A hundred random containers with limits, beside programs without one. */
class ContainersTest {
  private static final int HOSTS = 40;
  private static final int STEADY_HOSTS = 20;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(10);
  private static final Duration UNTIL_SETTLED = Duration.ofSeconds(60);
  private static final Duration WATCHED = Duration.ofSeconds(60);

  /** Large enough that only containers can be a reason to evict. */
  private static final String AMPLE = "budget.relaxed=100%";

  /** A tick each second, and the time of the sweeps. */
  private static final double INTERVAL_SECONDS = 1.3;

  /** Longer, since mincore takes at most a tenth of the time. */
  private static final double SLOW_INTERVAL_SECONDS = 3;

  /** Pressure fades by half in 30 s: each half minute allows two turns by half of the range. */
  private static final int MAX_TURNS = 8;

  private static final double HALF_OF_THE_RANGE = 0.5;

  /** The default of budget.container.relaxed. */
  private static final double RELAXED_SHARE = 0.2;

  private static final double MIN_SHARE_OF_SPEED = 0.8;

  @Test
  void deviceWithoutALimitKeepsItsLowerCache() {
    Hosts.haveNone(HOSTS, ContainersTest::evictedBystander);
  }

  private static Optional<String> evictedBystander(long seed) {
    ContainerHost containers = ContainerHost.changing(seed, Rest.FREE);
    SimulatedHost host = containers.host();
    if (seed % 4 == 0) {
      host.machine().chargeLowerCacheToRoot();
    }
    host.advance(UNTIL_WARM);
    Map<String, String> evicted = new TreeMap<>();
    EngineListener watch =
        new EngineListener() {
          @Override
          public void swept(SweepReport sweep) {
            sweep.eviction().ifPresent(done -> evicted.put(sweep.device(), sweep.reason().words()));
          }
        };
    new Daemon.Fadvised(host, Daemon.settings(AMPLE), List.of(watch)).run(host, WATCHED);
    return containers.bystanders().stream()
        .filter(bystander -> evicted.containsKey(bystander.device()))
        .findFirst()
        .map(
            bystander ->
                "%s: %s; %s".formatted(bystander, evicted.get(bystander.device()), containers));
  }

  @Test
  void containersDoNotRaiseThePressureOfAFullHost() {
    Hosts.haveNone(HOSTS, ContainersTest::raisedPressure);
  }

  private static Optional<String> raisedPressure(long seed) {
    ContainerHost containers = ContainerHost.changing(seed, Rest.FULL_OF_A_STREAM);
    SimulatedHost host = containers.host();
    host.advance(UNTIL_WARM);
    PressureWatch watch = new PressureWatch(host);
    new Daemon.Fadvised(host, Daemon.settings(AMPLE), List.of(watch)).run(host, WATCHED);
    return watch.problem.map(words -> words + "; " + containers);
  }

  /** Compares the host's pressure with that of a kernel which does not count containers. */
  private static final class PressureWatch implements EngineListener {
    private static final int PAGE_BYTES = 4096;
    private static final double TOLERANCE = 0.25;

    private final SimulatedHost host;
    private Optional<PressureSample> before = Optional.empty();
    private Pressure max = Pressure.NONE;
    private long polledAtNanos;
    private Optional<String> problem = Optional.empty();

    PressureWatch(SimulatedHost host) {
      this.host = host;
    }

    @Override
    public void ticked(EngineSnapshot snapshot) {
      long polled = host.lastPressureAtNanos();
      PressureSample now = host.lastPressureWithoutLimits().orElseThrow();
      if (polled != polledAtNanos) {
        before.ifPresent(
            earlier ->
                compare(
                    earlier, now, Duration.ofNanos(polled - polledAtNanos), snapshot.pressure()));
        before = Optional.of(now);
        polledAtNanos = polled;
      }
    }

    /** A report of stalls that wakes the engine proves that the counters grew within a second. */
    private void compare(
        PressureSample earlier, PressureSample now, Duration elapsed, Pressure found) {
      Duration window = elapsed.toSeconds() >= 1 ? Duration.ofSeconds(1) : elapsed;
      max =
          PressureGauge.between(earlier, now, elapsed, window, PAGE_BYTES, Explained.NOTHING)
              .settledAfter(max, elapsed);
      if (found.level() > max.level() + TOLERANCE && problem.isEmpty()) {
        problem =
            Optional.of(
                "after %.1f s %.2f (%s) instead of %.2f (%s)"
                    .formatted(
                        host.nowNanos() / 1e9,
                        found.level(),
                        found.words(),
                        max.level(),
                        max.words()));
      }
    }
  }

  @Test
  void thrashingContainerIsWithinItsAllowanceAfterTwoSeconds() {
    AtomicInteger thrashes = new AtomicInteger();
    Hosts.haveNone(HOSTS, seed -> excess(seed, thrashes));
    assertThat(thrashes.get()).isGreaterThan(10 * HOSTS);
  }

  private static Optional<String> excess(long seed, AtomicInteger thrashes) {
    ContainerHost containers = ContainerHost.changing(seed, Rest.FREE);
    SimulatedHost host = containers.host();
    host.advance(UNTIL_WARM);
    double interval = containers.hasCachestat() ? INTERVAL_SECONDS : SLOW_INTERVAL_SECONDS;
    AllowanceWatch watch = new AllowanceWatch(containers, 2, interval);
    new Daemon.Fadvised(host, Daemon.settings(AMPLE), List.of(watch)).run(host, WATCHED);
    thrashes.addAndGet(watch.thrashes());
    return watch.problems().stream().findFirst().map(words -> words + "; " + containers);
  }

  @Test
  void decisionsForContainersDoNotOscillate() {
    Hosts.haveNone(STEADY_HOSTS, ContainersTest::oscillation);
  }

  private static Optional<String> oscillation(long seed) {
    ContainerHost containers = ContainerHost.steady(seed);
    SimulatedHost host = containers.host();
    host.advance(UNTIL_WARM);
    TurnsWatch watch = new TurnsWatch(containers);
    Daemon.Fadvised daemon = new Daemon.Fadvised(host, Daemon.settings(AMPLE), List.of(watch));
    daemon.run(host, UNTIL_SETTLED);
    watch.clear();
    daemon.run(host, WATCHED.multipliedBy(2));
    return containers.containers().stream()
        .flatMap(container -> watch.problem(container).stream())
        .findFirst()
        .map(words -> words + "; " + containers);
  }

  /** Counts the turns of the allowance of each container's device. */
  private static final class TurnsWatch implements EngineListener {
    private final ContainerHost containers;
    private final Map<Tenant, Turns> turns = new HashMap<>();

    TurnsWatch(ContainerHost containers) {
      this.containers = containers;
    }

    void clear() {
      turns.clear();
    }

    @Override
    public void ticked(EngineSnapshot snapshot) {
      Map<String, Long> allowances = new HashMap<>();
      snapshot
          .devices()
          .forEach(device -> allowances.put(device.device().name(), device.allowanceBytes()));
      for (Tenant container : containers.containers()) {
        double range = RELAXED_SHARE * containers.limitBytes(container);
        double allowance = Math.min(1, allowances.getOrDefault(container.device(), 0L) / range);
        turns.computeIfAbsent(container, first -> new Turns(HALF_OF_THE_RANGE)).add(allowance);
      }
    }

    private Optional<String> problem(Tenant container) {
      int count = turns.get(container).count();
      return count <= MAX_TURNS
          ? Optional.empty()
          : Optional.of("allowance turned %d times: %s".formatted(count, container));
    }
  }

  @Test
  void noReaderIsMuchSlowerThanWithoutFadvised() {
    Hosts.haveNone(STEADY_HOSTS, ContainersTest::slowedReader);
  }

  private static Optional<String> slowedReader(long seed) {
    ContainerHost containers = ContainerHost.steady(seed);
    ContainerHost undisturbed = ContainerHost.steady(seed);
    List<Long> with = bytesRead(containers, Daemon.fadvised(containers.host(), AMPLE));
    List<Long> without = bytesRead(undisturbed, Daemon.none());
    return IntStream.range(0, with.size())
        .filter(i -> with.get(i) < MIN_SHARE_OF_SPEED * without.get(i))
        .mapToObj(
            i ->
                "%.2f of the speed without fadvised: %s; %s"
                    .formatted(
                        (double) with.get(i) / without.get(i),
                        containers.readers().get(i),
                        containers))
        .findFirst();
  }

  /** Returns the bytes that each reader reads in a minute, after another one. */
  private static List<Long> bytesRead(ContainerHost containers, Daemon daemon) {
    SimulatedHost host = containers.host();
    host.advance(UNTIL_WARM);
    daemon.run(host, UNTIL_SETTLED);
    List<Program> readers = containers.readers();
    List<Long> before = readers.stream().map(Program::doneBytes).toList();
    daemon.run(host, WATCHED);
    return IntStream.range(0, before.size())
        .mapToObj(i -> readers.get(i).doneBytes() - before.get(i))
        .toList();
  }
}
