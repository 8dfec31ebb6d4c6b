package io.fadvised.engine;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.policy.Explained;
import io.fadvised.policy.Payer;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.VmStat;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The cgroups that are short of memory at their own limits. Nothing is read while the kernel
 * reclaims for no limit, as /proc/vmstat shows. Owned by the engine's thread.
 */
final class Payers {
  /** Reading takes at most a thousandth of the time, apart from cgroups at their limits. */
  private static final int REST_FACTOR = 999;

  /** A walk of 300 cgroups takes 7 ms, and reading their strikes 0.4 ms (measured, 6.18). */
  private static final Duration MIN_WALK_REST = Duration.ofSeconds(1);

  /** Limits may have been set since the last walk. */
  private static final Duration MAX_WALK_REST = Duration.ofMinutes(1);

  private final Host host;
  private final Consumer<String> problems;
  private Map<String, LimitView> limits = Map.of();
  private boolean walked;
  private long walkedAtNanos;
  private long mayWalkAtNanos;
  private long mayReadAtNanos;
  private boolean active;
  private Map<String, List<Payer>> byDevice = Map.of();

  /**
   * @param problems receives messages about an unreadable tree
   */
  Payers(Host host, Consumer<String> problems) {
    this.host = host;
    this.problems = problems;
  }

  /** Returns whether a cgroup is at its limit, so that the next poll must come soon. */
  boolean isActive() {
    return active;
  }

  /**
   * Polls the cgroups.
   *
   * @param io of all loop devices
   * @return the part of the host's refaults and stalls that are those of cgroups at their limits
   */
  Explained poll(PressureSample before, PressureSample now, LoopIo io, long nowNanos) {
    if (isAnyStruck(before.cache(), now.cache())) {
      walk(nowNanos);
      readStrikes(nowNanos);
    } else if (!active) {
      return Explained.NOTHING;
    }
    boolean own = host.cgroups().ownLowerCache();
    int pageBytes = host.kernel().pageBytes();
    List<LimitView> struck = new ArrayList<>();
    for (LimitView limit : limits.values()) {
      if (limit.isActive()
          && tried(limit, () -> limit.poll(io, own, pageBytes, nowNanos))
          && limit.isActive()) {
        struck.add(limit);
      }
    }
    active = !struck.isEmpty();
    byDevice = byDevice(struck);
    return explained(struck);
  }

  /** Returns whether reclaim scanned more pages than the host's, or, before 5.8, may have. */
  private static boolean isAnyStruck(VmStat before, VmStat now) {
    long scanned = now.scannedPages() - before.scannedPages();
    return now.allScannedPages() - before.allScannedPages() > scanned
        || now.refaultedPages() - before.refaultedPages() > scanned;
  }

  private static Explained explained(List<LimitView> struck) {
    Explained sum = Explained.NOTHING;
    for (LimitView limit : struck) {
      if (struck.stream().noneMatch(limit::isBelow)) { // counters include the cgroups below
        sum = sum.plus(limit.explained());
      }
    }
    return sum;
  }

  private void walk(long nowNanos) {
    boolean mayWalk = !walked || nowNanos - mayWalkAtNanos >= 0;
    boolean isOld = !walked || nowNanos - walkedAtNanos >= MAX_WALK_REST.toNanos();
    if (!mayWalk || !(isOld || host.cgroups().hasChanged())) {
      return;
    }
    long from = host.clock().nanos();
    try {
      host.cgroups().walk();
    } catch (IOException e) {
      problems.accept("cgroups unreadable, limits of containers are unknown: " + e.getMessage());
    }
    walked = true;
    Map<String, LimitView> found = new LinkedHashMap<>();
    for (Cgroup cgroup : host.cgroups().limited()) {
      LimitView known = limits.get(cgroup.path());
      found.put(cgroup.path(), known != null ? known : new LimitView(cgroup));
    }
    limits = found;
    long now = host.clock().nanos();
    walkedAtNanos = now;
    mayWalkAtNanos = now + Math.max(MIN_WALK_REST.toNanos(), REST_FACTOR * (now - from));
  }

  private void readStrikes(long nowNanos) {
    long from = host.clock().nanos();
    if (from - mayReadAtNanos < 0) {
      return;
    }
    limits.values().forEach(limit -> tried(limit, () -> limit.pollStrikes(nowNanos)));
    long now = host.clock().nanos();
    mayReadAtNanos = now + REST_FACTOR * (now - from);
  }

  private interface Reading {
    void run() throws IOException;
  }

  /** Returns whether a cgroup could be read; one that was removed is forgotten. */
  private static boolean tried(LimitView limit, Reading reading) {
    try {
      reading.run();
      return true;
    } catch (IOException e) {
      limit.forget();
      return false;
    }
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

  /** Records what the eviction of a device gave back to a payer. */
  void released(Payer payer, long bytes) {
    LimitView limit = limits.get(payer.cgroup());
    if (limit != null) {
      limit.addReleased(bytes);
    }
  }
}
