package io.fadvised.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SlidingWindowReservoir;
import com.codahale.metrics.Timer;
import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import io.fadvised.linux.TimedKernel;
import io.fadvised.policy.Reason;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the engine did and how long the kernel took, as metrics. In the registry:
 *
 * <ul>
 *   <li>{@code Host.*}: gauges of the last snapshot ({@code pressure} and {@code
 *       pressure-}<i>source </i> from 0 to 1; sizes in bytes; -1 is unknown), {@code sweep-time},
 *       {@code problems}: how often something on the host could not be read, and {@code
 *       tick-age-millis}: how long ago the engine last ended a tick
 *   <li>{@code SystemCall.}<i>call</i>: time in each system call, from its first use on
 *   <li>{@code Skipped.}<i>reason</i>: how often a device was left alone, by {@link
 *       Reason.Code#label}
 *   <li>{@code Device.}<i>device</i>{@code .*}: gauges of an attached device; -1 or "unknown" is
 *       what is not known, such as dirty bytes where mincore(2) measures
 * </ul>
 *
 * <p>A tick costs next to nothing here: gauges are computed when somebody reads them, and only
 * sweeps and system calls are counted. Safe for several threads.
 */
public final class EngineMetrics implements EngineListener, TimedKernel.CallListener {
  /**
   * Percentiles are of that many last calls: 1 KiB for each timer, allocated once. The default
   * reservoir holds 1028 of them in a tree, some 100 KiB, and makes garbage at each update. A
   * timer's rates have no thread of their own, they are brought up to date when it is used.
   */
  private static final int WINDOW = 128;

  private static final Set<Reason.Code> NOT_SKIPPED =
      EnumSet.of(Reason.Code.NEW, Reason.Code.OVER_ALLOWANCE);

  private final MetricRegistry registry;
  private final DeviceGauges devices;
  private final Timer sweepTime;
  private final Counter problems;
  private final Map<Reason.Code, Counter> skipped = new EnumMap<>(Reason.Code.class);
  private final Map<String, Timer> systemCalls = new ConcurrentHashMap<>();
  private volatile @Nullable IndexedSnapshot last;
  private volatile long tickedAtNanos = System.nanoTime();

  /**
   * Registers the metrics of the host; those of devices and system calls follow as they appear.
   *
   * @throws IllegalArgumentException if the registry has metrics of these names already
   */
  public EngineMetrics(MetricRegistry registry) {
    this.registry = registry;
    devices = new DeviceGauges(registry, this::device);
    HostGauges.register(registry, this::snapshot);
    sweepTime = registry.register(MetricNames.host("sweep-time"), newTimer());
    problems = registry.register(MetricNames.host("problems"), new Counter());
    Gauge<Long> tickAge = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - tickedAtNanos);
    registry.register(MetricNames.host("tick-age-millis"), tickAge);
    for (Reason.Code code : EnumSet.complementOf(EnumSet.copyOf(NOT_SKIPPED))) {
      skipped.put(code, registry.register(MetricNames.skipped(code.label()), new Counter()));
    }
  }

  @Override
  public void appeared(DeviceReport device) {
    devices.add(device.device().name());
  }

  @Override
  public void disappeared(String device) {
    devices.remove(device);
  }

  @Override
  public void swept(SweepReport sweep) {
    sweepTime.update(sweep.elapsed());
    if (!sweep.decision().evicts()) {
      count(sweep.reason());
    }
  }

  @Override
  public void skipped(String device, Reason reason) {
    count(reason);
  }

  @Override
  public void hostProblem(String message) {
    problems.inc();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    last = new IndexedSnapshot(snapshot);
    tickedAtNanos = System.nanoTime();
  }

  @Override
  public void called(String call, long nanos) {
    Timer timer = systemCalls.get(call);
    if (timer == null) {
      timer = systemCalls.computeIfAbsent(call, this::systemCallTimer);
    }
    timer.update(nanos, TimeUnit.NANOSECONDS);
  }

  private void count(Reason reason) {
    Counter counter = skipped.get(reason.code());
    if (counter != null) {
      counter.inc();
    }
  }

  private Timer systemCallTimer(String call) {
    return registry.register(MetricNames.systemCall(call), newTimer());
  }

  private static Timer newTimer() {
    return new Timer(new SlidingWindowReservoir(WINDOW));
  }

  private Optional<EngineSnapshot> snapshot() {
    return Optional.ofNullable(last).map(IndexedSnapshot::snapshot);
  }

  private Optional<DeviceReport> device(String name) {
    return Optional.ofNullable(last).flatMap(snapshot -> snapshot.device(name));
  }
}
