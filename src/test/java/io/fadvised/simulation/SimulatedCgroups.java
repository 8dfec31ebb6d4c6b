package io.fadvised.simulation;

import io.fadvised.cgroup.Cgroup;
import io.fadvised.cgroup.CgroupSample;
import io.fadvised.cgroup.Cgroups;
import io.fadvised.simulation.SimulatedCgroup.Count;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The engine's view of the cgroups of a {@link SimulatedHost}, of version 2 since Linux 5.14. */
final class SimulatedCgroups implements Cgroups {
  /** Walking 300 cgroups: 7 ms (measured, 6.18). */
  private static final long WALK_NANOS = 23_000;

  /** Reading memory.events.local of 300 cgroups: 0.4 ms (measured, 6.18). */
  private static final long STRIKES_NANOS = 1_300;

  /** Reading memory.stat, memory.pressure and io.stat of 300 cgroups: 3 ms (measured). */
  private static final long SAMPLE_NANOS = 10_000;

  private final SimulatedHost host;
  private final Map<SimulatedCgroup, Cgroup> known = new HashMap<>();
  private List<Cgroup> limited = List.of();
  private int walked = -1;

  SimulatedCgroups(SimulatedHost host) {
    this.host = host;
  }

  private List<SimulatedCgroup> all() {
    return host.machine().cache().cgroups();
  }

  @Override
  public boolean hasChanged() {
    return walked != all().size();
  }

  @Override
  public void walk() {
    walked = all().size();
    host.kernel().spend("walk cgroups", walked * WALK_NANOS);
    List<Cgroup> found = new ArrayList<>();
    for (SimulatedCgroup cgroup : all()) {
      if (cgroup.hasLimit()) {
        found.add(known.computeIfAbsent(cgroup, View::new));
      }
    }
    limited = found;
  }

  @Override
  public Collection<Cgroup> limited() {
    return limited;
  }

  @Override
  public boolean ownLowerCache() {
    return host.machine().chargesLowerCacheToReader();
  }

  private final class View implements Cgroup {
    private final SimulatedCgroup cgroup;

    View(SimulatedCgroup cgroup) {
      this.cgroup = cgroup;
    }

    @Override
    public String path() {
      return cgroup.path();
    }

    @Override
    public long strikes() throws IOException {
      host.kernel().spend("read strikes", STRIKES_NANOS);
      return cgroup.strikes();
    }

    @Override
    public CgroupSample sample() throws IOException {
      host.kernel().spend("read cgroup", SAMPLE_NANOS);
      long pages = host.machine().cache().pagesPerChunk();
      long chunkBytes = host.machine().hardware().chunkBytes();
      return new CgroupSample(
          cgroup.limitChunks() * chunkBytes,
          cgroup.count(Count.REFAULTED) * pages,
          cgroup.count(Count.RECLAIMED) * pages,
          cgroup.count(Count.INACTIVE) * chunkBytes,
          cgroup.count(Count.ACTIVE) * chunkBytes,
          host.psi(cgroup.stalls()),
          cgroup.ioBytes());
    }

    @Override
    public void rest() {
      // there are no files
    }
  }
}
