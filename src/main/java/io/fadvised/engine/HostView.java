package io.fadvised.engine;

import io.fadvised.linux.Failures;
import io.fadvised.loop.IoCounters;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.Payer;
import io.fadvised.policy.Pressure;
import io.fadvised.pressure.PressureSample;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The host as last polled: its pressure, and the I/O counters of its loop devices. Unreadable
 * pressure keeps its last value; without counters all devices count as busy. Owned by the engine's
 * thread.
 */
final class HostView {
  /**
   * The counters are read for at most a hundredth of the time. The kernel takes 54 ms to print
   * those of 10,000 devices, and 0.7 ms for 1,000 (6.18): it returns a page at a time and counts
   * the disks from the first one for each.
   */
  private static final int COUNTERS_REST_FACTOR = 99;

  /** New I/O is noticed within this time, as on a quiet host. */
  private static final Duration MAX_COUNTERS_REST = Duration.ofSeconds(5);

  private final Host host;
  private final Consumer<String> problems;
  private final Payers payers;
  private final MemoryView memory;
  private Map<String, IoCounters> counters = Map.of();
  private boolean countersMove;
  private final UsualCost countersCost = new UsualCost();
  private long countedAtNanos;
  private long nextCountersNanos;

  /**
   * @param problems receives messages about unreadable files
   */
  HostView(Host host, Consumer<String> problems) {
    this.host = host;
    this.problems = problems;
    payers = new Payers(host, problems);
    memory = new MemoryView(host, problems, payers);
    nextCountersNanos = host.clock().nanos();
  }

  /**
   * Polls the host.
   *
   * @param isWoken whether a report of memory stalls has woken the engine
   */
  void poll(long nowNanos, boolean isWoken) {
    if (host.clock().nanos() - nextCountersNanos >= 0) {
      pollCounters();
    }
    memory.poll(nowNanos, isWoken, new LoopIo(counters, countedAtNanos));
  }

  /** Returns whether memory can be left alone for some seconds, see {@link MemoryView#isQuiet}. */
  boolean isMemoryQuiet(boolean watched) {
    return memory.isQuiet(watched);
  }

  /** Returns whether a cgroup has just reached its limit, see {@link Payers#isAnyNew}. */
  boolean isAnyLimitNew() {
    return payers.isAnyNew();
  }

  Optional<PressureSample> sample() {
    return memory.sample();
  }

  Pressure pressure() {
    return memory.pressure();
  }

  Conditions conditions() {
    return memory.conditions();
  }

  long memoryTotalBytes() {
    return sample().map(last -> last.memory().totalBytes()).orElse(0L);
  }

  /**
   * Passes a device its payers, its counters, and whether zeros prove that there was no I/O. The
   * loop driver of 3.10 does not count, so zeros prove nothing while no loop device of this host
   * has a count.
   *
   * @param followers other devices on the same file, whose I/O is added
   */
  void updateCounters(Device device, List<Device> followers) {
    IoCounters sum = counters.get(device.name());
    boolean counted = sum != null && countersMove;
    List<Payer> paying = payers.of(device.name());
    for (Device follower : followers) {
      paying = joined(paying, payers.of(follower.name()));
      IoCounters more = counters.get(follower.name());
      counted &= more != null;
      sum = sum == null || more == null ? sum : sum.plus(more);
    }
    device.setPayers(paying);
    device.setCounters(sum == null ? IoCounters.NONE : sum, counted);
  }

  private static List<Payer> joined(List<Payer> some, List<Payer> more) {
    return more.isEmpty() ? some : Stream.concat(some.stream(), more.stream()).distinct().toList();
  }

  /** Returns the cgroups that are short of memory at their limits, or have got some back. */
  List<ContainerReport> containers(Collection<Device> devices) {
    return payers.reports(devices);
  }

  /** Records what the eviction of a device gave back to its payers. */
  void released(Device device, long bytes) {
    device.payers().forEach(payer -> payers.released(payer, bytes));
  }

  /** Reads the I/O counters of all loop devices. {@link #poll} rests afterwards. */
  void pollCounters() {
    long from = host.clock().nanos();
    try {
      counters = host.diskStats().read();
      countedAtNanos = host.clock().nanos();
      countersMove = countersMove || counters.values().stream().anyMatch(io -> io.totalBytes() > 0);
    } catch (IOException e) {
      counters = Map.of();
      problems.accept("I/O counters unreadable, every device counts as busy: " + Failures.words(e));
    }
    long now = host.clock().nanos();
    countersCost.add(now - from);
    nextCountersNanos =
        now + Math.min(MAX_COUNTERS_REST.toNanos(), COUNTERS_REST_FACTOR * countersCost.nanos());
  }
}
