package io.fadvised.engine;

import io.fadvised.loop.IoCounters;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureSample;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The host as last looked at: its pressure, and the I/O counters of its loop devices. What cannot
 * be read keeps its last value. Owned by the engine's thread.
 */
final class HostView {
  /**
   * Of less time the counters tell nothing: a single reclaim would make a high rate, and the kernel
   * adds up some of them only once a second.
   */
  private static final Duration SHORTEST_WINDOW = Duration.ofMillis(900);

  private final Host host;
  private final Consumer<String> problems;
  private Optional<PressureSample> sample = Optional.empty();
  private Pressure pressure = Pressure.NONE;
  private Conditions conditions = Conditions.CALM;
  private Map<String, IoCounters> counters = Map.of();
  private boolean countersMove;
  private long lookedAtNanos;

  /**
   * @param problems told what could not be read
   */
  HostView(Host host, Consumer<String> problems) {
    this.host = host;
    this.problems = problems;
  }

  void look(long nowNanos) {
    lookAtPressure(nowNanos);
    lookAtCounters();
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

  long memoryTotalBytes() {
    return sample.map(seen -> seen.memory().totalBytes()).orElse(0L);
  }

  /**
   * Shows a device its counters, and whether "none" proves anything: 3.10's loop driver does not
   * count, so as long as no loop device on this host has a count it does not.
   *
   * @param followers other devices on the same file, whose I/O is the file's as well
   */
  void showCounters(ManagedDevice device, List<ManagedDevice> followers) {
    IoCounters sum = counters.get(device.name());
    boolean counted = sum != null && countersMove;
    for (ManagedDevice follower : followers) {
      IoCounters more = counters.get(follower.name());
      counted &= more != null;
      sum = sum == null || more == null ? sum : sum.plus(more);
    }
    device.see(sum == null ? IoCounters.NONE : sum, counted);
  }

  private void lookAtPressure(long nowNanos) {
    Duration elapsed = Duration.ofNanos(nowNanos - lookedAtNanos);
    if (sample.isPresent() && elapsed.compareTo(SHORTEST_WINDOW) < 0) {
      return;
    }
    try {
      PressureSample now = host.pressure().read();
      if (sample.isPresent()) {
        pressure =
            PressureGauge.between(sample.get(), now, elapsed, host.kernel().pageBytes())
                .settledAfter(pressure, elapsed);
        conditions =
            Conditions.between(sample.get(), now, pressure, elapsed, host.kernel().pageBytes());
      }
      sample = Optional.of(now);
      lookedAtNanos = nowNanos;
    } catch (IOException e) {
      problems.accept("memory pressure unreadable, keeping the last: " + e.getMessage());
    }
  }

  private void lookAtCounters() {
    try {
      counters = host.diskStats().read();
      countersMove |= counters.values().stream().anyMatch(io -> io.totalBytes() > 0);
    } catch (IOException e) {
      counters = Map.of();
      problems.accept("I/O counters unreadable, every device counts as busy: " + e.getMessage());
    }
  }
}
