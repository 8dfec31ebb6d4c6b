package io.fadvised.engine;

import static java.util.stream.Collectors.toSet;

import io.fadvised.policy.Explained;
import io.fadvised.policy.Payer;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.VmStat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The cgroups that are short of memory at their own limits. Nothing is read while the kernel
 * reclaims for no limit, as /proc/vmstat shows. Owned by the engine's thread.
 */
final class Payers {
  private final Host host;
  private final Limits limits;
  private final RareTask pollingCalm;
  private boolean active;
  private Map<String, List<Payer>> byDevice = Map.of();

  /**
   * @param problems receives messages about an unreadable tree
   */
  Payers(Host host, Consumer<String> problems) {
    this.host = host;
    limits = new Limits(host, problems);
    pollingCalm = new RareTask(host.clock(), Duration.ZERO);
  }

  /** Returns whether a cgroup has just reached its limit, so that the next poll must come soon. */
  boolean isAnyNew() {
    return active && limits.all().stream().anyMatch(LimitView::isNew);
  }

  /**
   * Polls the cgroups.
   *
   * @param io of all loop devices
   * @return the part of the host's refaults and stalls that are those of cgroups at their limits
   */
  Explained poll(PressureSample before, PressureSample now, LoopIo io, long nowNanos) {
    if (isAnyStruck(before.cache(), now.cache())) {
      limits.update(nowNanos);
    } else if (!active) {
      return Explained.NOTHING;
    }
    List<LimitView> struck = limits.all().stream().filter(LimitView::isActive).toList();
    Set<LimitView> calm = struck.stream().filter(LimitView::isCalm).collect(toSet());
    for (LimitView limit : struck) {
      if (!calm.contains(limit)) {
        poll(limit, io, nowNanos);
      }
    }
    if (!calm.isEmpty() && pollingCalm.isDue()) {
      pollingCalm.run(() -> calm.forEach(limit -> poll(limit, io, nowNanos)));
    }
    struck = struck.stream().filter(LimitView::isActive).toList();
    active = !struck.isEmpty();
    byDevice = byDevice(struck);
    return explained(struck);
  }

  /** Judges the cgroups that have just reached their limits, before the host is sampled again. */
  void pollNew(LoopIo io, long nowNanos) {
    if (!isAnyNew()) {
      return;
    }
    boolean own = host.cgroups().ownLowerCache();
    List<LimitView> struck = limits.all().stream().filter(LimitView::isActive).toList();
    for (LimitView limit : struck) {
      if (limit.isNew()) {
        Limits.tried(limit, () -> limit.judgeEarly(io, own, nowNanos));
      }
    }
    byDevice = byDevice(struck);
  }

  private void poll(LimitView limit, LoopIo io, long nowNanos) {
    boolean own = host.cgroups().ownLowerCache();
    Limits.tried(limit, () -> limit.poll(io, own, host.kernel().pageBytes(), nowNanos));
  }

  /** Returns whether reclaim scanned more pages than the host's, or, before 5.8, may have. */
  private static boolean isAnyStruck(VmStat before, VmStat now) {
    long scanned = now.scannedPages() - before.scannedPages();
    return now.allScannedPages() > 0
        ? now.allScannedPages() - before.allScannedPages() > scanned
        : now.refaultedPages() - before.refaultedPages() > scanned;
  }

  static Explained explained(List<LimitView> struck) {
    Set<String> paths = struck.stream().map(LimitView::path).collect(toSet());
    Explained sum = Explained.NOTHING;
    for (LimitView limit : struck) {
      if (!isBelowOneOf(paths, limit.path())) { // counters include the cgroups below
        sum = sum.plus(limit.explained());
      }
    }
    return sum;
  }

  private static boolean isBelowOneOf(Set<String> paths, String path) {
    int end = path.lastIndexOf('/');
    while (end > 0) {
      if (paths.contains(path.substring(0, end))) {
        return true;
      }
      end = path.lastIndexOf('/', end - 1);
    }
    return false;
  }

  private static Map<String, List<Payer>> byDevice(List<LimitView> struck) {
    Map<String, List<Payer>> payers = new HashMap<>();
    for (LimitView limit : struck) {
      for (String device : limit.devices()) {
        limit
            .payer()
            .ifPresent(
                payer -> payers.computeIfAbsent(device, none -> new ArrayList<>()).add(payer));
      }
    }
    return payers;
  }

  /** Returns the cgroups that pay for a device and are at their limits. */
  List<Payer> of(String device) {
    return byDevice.getOrDefault(device, List.of());
  }

  /** Returns the cgroups that are short of memory or have got some back, most released first. */
  List<ContainerReport> reports(Collection<Device> devices) {
    List<ContainerReport> reports = new ArrayList<>();
    Map<String, Long> resident = new HashMap<>();
    if (active) {
      devices.forEach(device -> resident.put(device.name(), device.figure().residentBytes()));
    }
    limits.all().forEach(limit -> limit.report(resident).ifPresent(reports::add));
    reports.sort(
        Comparator.comparingLong(ContainerReport::releasedBytes)
            .reversed()
            .thenComparing(ContainerReport::cgroup));
    return reports;
  }

  /** Records what the eviction of a device gave back to a payer. */
  void released(Payer payer, long bytes) {
    limits.at(payer.cgroup()).ifPresent(limit -> limit.addReleased(bytes));
  }
}
