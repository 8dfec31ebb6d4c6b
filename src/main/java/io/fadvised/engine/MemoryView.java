package io.fadvised.engine;

import io.fadvised.policy.Conditions;
import io.fadvised.policy.Headroom;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.PressureGauge;
import io.fadvised.pressure.PressureSample;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The host's memory as last looked at, and how hard it is pressed. What cannot be read keeps its
 * last value. Owned by the engine's thread.
 */
final class MemoryView {
  /**
   * Of less time the counters tell nothing: a single reclaim would make a high rate, and the kernel
   * adds up some of them only once a second.
   */
  private static final Duration SHORTEST_WINDOW = Duration.ofMillis(900);

  /** When pressure was told to begin: no single reclaim then, and half a second is left to act. */
  private static final Duration WINDOW_AT_ONSET = Duration.ofMillis(500);

  private final Host host;
  private final Consumer<String> problems;
  private Optional<PressureSample> sample = Optional.empty();
  private Pressure pressure = Pressure.NONE;
  private Conditions conditions = Conditions.CALM;
  private long lookedAtNanos;
  private boolean lookWanted;
  private @Nullable PressureSample glance;
  private long glancedAtNanos;
  private Duration untilGone = Headroom.LONGEST;

  /**
   * @param problems told what could not be read
   */
  MemoryView(Host host, Consumer<String> problems) {
    this.host = host;
    this.problems = problems;
  }

  Optional<PressureSample> sample() {
    return sample;
  }

  Pressure pressure() {
    return pressure;
  }

  /** What the host is like; pressure as it is now, the rest as of the last full look. */
  Conditions conditions() {
    return conditions.under(pressure);
  }

  /**
   * Looks, if enough time has passed since the last look. Else it sees at least how much memory
   * there is, after an event or where none are to be expected. An event's stalls are believed.
   *
   * @param event what told of pressure since the last tick
   * @param watched whether events will tell when pressure begins
   */
  void look(long nowNanos, Optional<PressureEvents.Event> event, boolean watched) {
    boolean isOnset = event.isPresent() && event.get().isOnset();
    Duration elapsed = Duration.ofNanos(nowNanos - lookedAtNanos);
    Duration shortest = isOnset || lookWanted ? WINDOW_AT_ONSET : SHORTEST_WINDOW;
    boolean isLong = sample.isEmpty() || elapsed.compareTo(shortest) >= 0;
    lookWanted = isOnset || (lookWanted && !isLong);
    if (!isLong && event.isEmpty() && watched) {
      return;
    }
    PressureSample now = read(nowNanos);
    if (now == null) {
      return;
    }
    Pressure told = event.map(seen -> toldBy(seen, now)).orElse(Pressure.NONE);
    if (isLong) {
      judge(now, elapsed);
      lookedAtNanos = nowNanos;
    }
    pressure = pressure.or(PressureGauge.ofHeadroom(now.memory())).or(told);
  }

  /**
   * The time that may pass until the next look.
   *
   * @param watched whether events will tell when pressure begins
   */
  Duration untilLook(long nowNanos, boolean watched) {
    if (lookWanted) { // by then the counters tell more of what has just begun
      return WINDOW_AT_ONSET.minusNanos(nowNanos - lookedAtNanos);
    }
    return watched ? Headroom.LONGEST : untilGone;
  }

  /** Whether half of the memory is free: no device can fill that within a quiet tick. */
  boolean isHalfFree() {
    return sample
        .map(seen -> seen.memory().freeBytes() >= seen.memory().totalBytes() / 2)
        .orElse(false);
  }

  private Pressure toldBy(PressureEvents.Event event, PressureSample now) {
    return sample.isPresent() && !event.stallWindow().isZero()
        ? PressureGauge.ofStalls(sample.get(), now, event.stallWindow())
        : Pressure.NONE;
  }

  private void judge(PressureSample now, Duration elapsed) {
    if (sample.isPresent()) {
      pressure =
          PressureGauge.between(sample.get(), now, elapsed, host.kernel().pageBytes())
              .settledAfter(pressure, elapsed);
      conditions = Conditions.between(sample.get(), now, elapsed, host.kernel().pageBytes());
    }
    sample = Optional.of(now);
  }

  private @Nullable PressureSample read(long nowNanos) {
    try {
      PressureSample now = host.pressure().read();
      Duration elapsed = Duration.ofNanos(nowNanos - glancedAtNanos);
      if (glance != null && !elapsed.isZero()) {
        untilGone = Headroom.untilGone(glance.memory(), now.memory(), elapsed);
      }
      glance = now;
      glancedAtNanos = nowNanos;
      return now;
    } catch (IOException e) {
      problems.accept("memory pressure unreadable, keeping the last: " + e.getMessage());
      return null;
    }
  }
}
