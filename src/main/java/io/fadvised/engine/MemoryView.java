package io.fadvised.engine;

import io.fadvised.linux.Failures;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Explained;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureSample;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The host's memory as last polled, and its pressure. An unreadable file keeps the last values.
 * Owned by the engine's thread.
 */
final class MemoryView {
  /**
   * The minimum time between two samples. In less time a single reclaim would make a high rate, and
   * the kernel adds up some of the counters only once a second.
   */
  private static final Duration MIN_WINDOW = Duration.ofMillis(900);

  /**
   * If the kernel wakes the engine, the counters grew within the trigger's window, however long ago
   * the last sample is.
   */
  private static final Duration TRIGGER_WINDOW = Duration.ofSeconds(1);

  private final Host host;
  private final Consumer<String> problems;
  private final Payers payers;
  private Optional<PressureSample> sample = Optional.empty();
  private Pressure pressure = Pressure.NONE;
  private Conditions conditions = Conditions.CALM;
  private long polledAtNanos;
  private boolean woken;

  /**
   * @param problems receives messages about unreadable files
   */
  MemoryView(Host host, Consumer<String> problems, Payers payers) {
    this.host = host;
    this.problems = problems;
    this.payers = payers;
  }

  Optional<PressureSample> sample() {
    return sample;
  }

  Pressure pressure() {
    return pressure;
  }

  Conditions conditions() {
    return conditions;
  }

  /**
   * Reads the host's memory, at most every 0.9 s unless a report has woken the engine.
   *
   * @param isWoken whether a report of stalls has woken the engine
   * @param io of all loop devices, for their payers
   */
  void poll(long nowNanos, boolean isWoken, LoopIo io) {
    woken = isWoken;
    Duration elapsed =
        sample.isPresent() ? Duration.ofNanos(nowNanos - polledAtNanos) : TRIGGER_WINDOW;
    if (!woken && elapsed.compareTo(MIN_WINDOW) < 0) {
      payers.pollNew(io, nowNanos);
      return;
    }
    try {
      PressureSample now = host.pressure().read();
      PressureSample before = sample.orElse(now);
      judge(before, now, elapsed, payers.poll(before, now, io, nowNanos));
      sample = Optional.of(now);
      polledAtNanos = nowNanos;
    } catch (IOException e) {
      problems.accept("memory pressure unreadable, keeping the last: " + Failures.words(e));
    }
  }

  /**
   * Returns whether memory need not be polled for some seconds: the kernel reports stalls, there is
   * no pressure, and no cgroup has just reached its limit.
   *
   * @param watched whether the kernel wakes the engine when tasks are stalled
   */
  boolean isQuiet(boolean watched) {
    return watched && !woken && !payers.isAnyNew() && pressure.isQuiet();
  }

  private void judge(
      PressureSample before, PressureSample now, Duration elapsed, Explained explained) {
    Duration window = woken ? TRIGGER_WINDOW : elapsed;
    int pageBytes = host.kernel().pageBytes();
    pressure =
        PressureGauge.between(before, now, elapsed, window, pageBytes, explained)
            .settledAfter(pressure, elapsed);
    conditions = Conditions.between(before, now, window, pageBytes).under(pressure);
  }
}
