package io.fadvised.engine;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.loop.IoCounters;
import io.fadvised.policy.Explained;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Watches the cgroups with limits between two moments, without an engine. */
public final class ContainerWatch {
  private final Host host;
  private final List<LimitView> limits = new ArrayList<>();

  private ContainerWatch(Host host) {
    this.host = host;
  }

  /** Takes the first sample of each cgroup that ever hit its limit. */
  public static ContainerWatch start(Host host) {
    ContainerWatch watch = new ContainerWatch(host);
    try {
      host.cgroups().walk();
    } catch (IOException e) {
      return watch; // no containers are known
    }
    for (Cgroup cgroup : host.cgroups().limited()) {
      watch.limits.add(new LimitView(cgroup));
    }
    watch.poll();
    return watch;
  }

  /**
   * A cgroup that is short of memory at its limit.
   *
   * @param report without the lower cache
   * @param explained its refaults and stalls between the two moments
   */
  public record Shortage(ContainerReport report, Explained explained) {}

  /** Returns the cgroups that are short of memory at their limits. */
  public List<Shortage> shortages() {
    return limits.stream()
        .flatMap(
            limit ->
                limit.report(Map.of()).stream()
                    .map(report -> new Shortage(report, limit.explained())))
        .filter(shortage -> shortage.report().pressure().level() > 0)
        .toList();
  }

  /** Returns the refaults and stalls of cgroups at their limits, between the two moments. */
  public Explained explained() {
    return Payers.explained(limits.stream().filter(LimitView::isActive).toList());
  }

  /** Samples each cgroup that hit its limit; a removed one is left out. */
  public void poll() {
    long now = host.clock().nanos();
    LoopIo io = new LoopIo(counters(), now);
    for (LimitView limit : List.copyOf(limits)) {
      try {
        limit.pollStrikes(now);
        if (limit.isActive()) {
          limit.poll(io, host.cgroups().ownLowerCache(), host.kernel().pageBytes(), now);
        }
      } catch (IOException e) {
        limits.remove(limit);
      }
    }
  }

  private Map<String, IoCounters> counters() {
    try {
      return Map.copyOf(host.diskStats().read());
    } catch (IOException e) {
      return Map.of();
    }
  }
}
