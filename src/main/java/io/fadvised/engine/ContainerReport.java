package io.fadvised.engine;

import io.fadvised.policy.Pressure;
import java.util.List;

/**
 * A cgroup with a limit that is short of memory, or has got memory back.
 *
 * @param cgroup its path
 * @param limitBytes of its memory
 * @param pressure in it
 * @param devices those it pays for at present
 * @param residentBytes their lower cache as last measured
 * @param releasedBytes what evictions of its devices released since the daemon started
 */
public record ContainerReport(
    String cgroup,
    long limitBytes,
    Pressure pressure,
    List<String> devices,
    long residentBytes,
    long releasedBytes) {
  public ContainerReport {
    devices = List.copyOf(devices);
  }
}
