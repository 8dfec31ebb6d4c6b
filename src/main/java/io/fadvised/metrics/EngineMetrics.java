package io.fadvised.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import io.fadvised.linux.TimedKernel;
import io.fadvised.policy.Reason;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of the engine and of system calls. In the registry:
 *
 * <ul>
 *   <li>{@code Host.*}: gauges of the last snapshot ({@code pressure} and {@code
 *       pressure-}<i>source </i> from 0 to 1; sizes in bytes; null means unknown), {@code
 *       sweep-time}, {@code problems} (number of failed reads on the host), and {@code
 *       tick-age-millis} (time since the end of the last tick)
 *   <li>{@code SystemCall.}<i>call</i>: time in each system call, from its first use on
 *   <li>{@code Skipped.}<i>reason</i>: number of skipped devices, by {@link Reason.Code#label}
 * </ul>
 *
 * <p>A tick costs almost nothing: gauges are computed when they are read. Thread-safe.
 */
public final class EngineMetrics implements EngineListener, TimedKernel.CallListener {
  private static final Set<Reason.Code> NOT_SKIPPED =
      EnumSet.of(Reason.Code.NEW, Reason.Code.OVER_ALLOWANCE);

  private final MetricRegistry registry;
  private final SummedTimer sweepTime;
  private final Counter problems;
  private final Map<Reason.Code, Counter> skipped = new EnumMap<>(Reason.Code.class);
  private final Map<String, SummedTimer> systemCalls = new ConcurrentHashMap<>();
  private volatile @Nullable EngineSnapshot last;
  private volatile long tickedAtNanos = System.nanoTime();

  /**
   * Registers the metrics of the host; those of system calls follow at their first use.
   *
   * @throws IllegalArgumentException if the registry already has metrics of these names
   */
  public EngineMetrics(MetricRegistry registry) {
    this.registry = registry;
    HostGauges.register(registry, this::snapshot);
    sweepTime = registry.register(MetricNames.host("sweep-time"), new SummedTimer());
    problems = registry.register(MetricNames.host("problems"), new Counter());
    Gauge<Long> tickAge = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - tickedAtNanos);
    registry.register(MetricNames.host("tick-age-millis"), tickAge);
    for (Reason.Code code : EnumSet.complementOf(EnumSet.copyOf(NOT_SKIPPED))) {
      skipped.put(code, registry.register(MetricNames.skipped(code.label()), new Counter()));
    }
  }

  /** Returns the last snapshot; empty before the first tick. */
  public Optional<EngineSnapshot> snapshot() {
    return Optional.ofNullable(last);
  }

  /** Returns the time of all sweeps. */
  public SummedTimer sweepTime() {
    return sweepTime;
  }

  /** Returns the time in each system call that was made. */
  public Map<String, SummedTimer> systemCalls() {
    return Collections.unmodifiableMap(systemCalls);
  }

  /** Returns the number of sweeps without eviction, and of skipped devices, by reason. */
  public Map<Reason.Code, Counter> skipped() {
    return Collections.unmodifiableMap(skipped);
  }

  /** Returns the number of failed reads on the host. */
  public long problems() {
    return problems.getCount();
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
    last = snapshot;
    tickedAtNanos = System.nanoTime();
  }

  @Override
  public void measured(EngineSnapshot snapshot) {
    last = snapshot;
  }

  @Override
  public void called(String call, long nanos) {
    SummedTimer timer = systemCalls.get(call);
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

  private SummedTimer systemCallTimer(String call) {
    return registry.register(MetricNames.systemCall(call), new SummedTimer());
  }
}
