package io.fadvised.engine;

import static io.fadvised.policy.Durations.max;
import static io.fadvised.policy.Durations.min;

import io.fadvised.policy.Conditions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Decides which devices are swept in a tick, in which order, and for how long. Devices are swept
 * round-robin, the longest waiting one first, each for at most one time slice. A sweep that is cut
 * short continues with its next slice. Each device gets the same time, and the slices shrink as the
 * queue grows.
 */
final class Schedule {
  /** Maximum time before new devices, pressure and commands are handled again. */
  static final Duration MAX_SWEEPING = Duration.ofSeconds(1);

  /** Longer than opening and closing the file takes. */
  private static final Duration MIN_SLICE = Duration.ofMillis(2);

  /** Several calls: posix_fadvise(2) of 128 MiB of scattered pages takes 38 ms (measured, 6.18). */
  private static final Duration MAX_SLICE = Duration.ofMillis(250);

  /** Maximum time of mincore in a tick, over all devices: a tenth of the time. */
  static final Duration MAX_MEASURING = Duration.ofMillis(100);

  /** Enough for mincore of 80 MiB, or for a sample of 500 pieces. */
  private static final Duration MIN_MEASURING_SLICE = Duration.ofMillis(1);

  /** Enough for mincore of 1.3 GiB. */
  private static final Duration MAX_MEASURING_SLICE = Duration.ofMillis(20);

  /**
   * Measuring idle devices takes at most a hundredth of the time, unless memory is short. At a
   * millisecond each, 600 are measured in a minute.
   */
  private static final int IDLE_REST_FACTOR = 100;

  /** Maximum time that was not used for idle devices and can be made up for: a quiet tick. */
  private static final Duration MAX_IDLE_CREDIT = Duration.ofSeconds(5);

  private boolean wasPressed;

  /** From here on the time has not been used for idle devices. */
  private long idleCreditNanos;

  /** A moving mean. */
  private long idleSweepNanos = Duration.ofMillis(1).toNanos();

  Schedule(long nowNanos) {
    idleCreditNanos = nowNanos - MAX_IDLE_CREDIT.toNanos();
  }

  /**
   * Returns the devices to sweep in a tick, in order.
   *
   * @param ofHost its conditions; when memory becomes short every device is measured, with or
   *     without I/O, since others may have filled the cache of its file
   */
  List<Device> due(Collection<Device> devices, Conditions ofHost, long nowNanos) {
    boolean pressed = ofHost.pressed();
    if (pressed && !wasPressed) {
      devices.forEach(device -> device.times().measureSoon(nowNanos));
    }
    wasPressed = pressed;
    List<Device> due =
        devices.stream()
            .filter(device -> device.isDue(ofHost, nowNanos))
            .sorted(
                Comparator.comparingLong(
                        (Device device) -> device.times().servedAtNanos() - nowNanos)
                    .thenComparing(Comparator.comparingLong(Device::maxResidentBytes).reversed())
                    .thenComparingLong(device -> device.attachment().sizeBytes()))
            .toList();
    return pressed ? due : withoutMostIdle(due, nowNanos);
  }

  private List<Device> withoutMostIdle(List<Device> due, long nowNanos) {
    long creditNanos = Math.min(MAX_IDLE_CREDIT.toNanos(), nowNanos - idleCreditNanos);
    long idle = creditNanos < 0 ? 0 : 1 + creditNanos / (IDLE_REST_FACTOR * idleSweepNanos);
    List<Device> kept = new ArrayList<>();
    for (Device device : due) {
      if (!device.isRoutine() || idle-- > 0) {
        kept.add(device);
      }
    }
    return kept;
  }

  /** Records how long the sweep of an idle device took. */
  void sweptIdle(long nanos, long nowNanos) {
    idleSweepNanos = Math.max(1, (7 * idleSweepNanos + nanos) / 8);
    idleCreditNanos =
        Math.max(idleCreditNanos, nowNanos - MAX_IDLE_CREDIT.toNanos()) + IDLE_REST_FACTOR * nanos;
  }

  /**
   * Returns the devices to measure for a report, in order: cheap ones first, oldest figure first.
   *
   * @param sinceNanos see {@link Device#needsMeasuring}
   */
  static List<Device> outdated(Collection<Device> devices, long sinceNanos) {
    return devices.stream()
        .filter(device -> device.needsMeasuring(sinceNanos))
        .sorted(
            Comparator.comparing(Device::isCostlyToMeasure)
                .thenComparingLong(device -> device.figure().atNanos() - sinceNanos))
        .toList();
  }

  /** Returns the time slice of each of {@code due} devices. */
  static Duration slice(int due) {
    return part(MAX_SWEEPING, due, MIN_SLICE, MAX_SLICE);
  }

  /** Returns each device's processor time for mincore, on top of its slice. */
  static Duration measuringSlice(int due) {
    return part(MAX_MEASURING, due, MIN_MEASURING_SLICE, MAX_MEASURING_SLICE);
  }

  private static Duration part(Duration whole, int parts, Duration least, Duration most) {
    return max(least, min(most, whole.dividedBy(Math.max(1, parts))));
  }
}
