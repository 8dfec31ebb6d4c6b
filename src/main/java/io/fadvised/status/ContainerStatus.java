package io.fadvised.status;

import static java.util.Objects.requireNonNull;

import io.avaje.jsonb.Json;
import io.fadvised.cgroup.PodCgroup;
import io.fadvised.engine.ContainerReport;
import java.util.List;
import java.util.Optional;

/**
 * A cgroup that is short of memory at its own limit, or has got memory back, as flat values. Sizes
 * are in bytes.
 *
 * @param cgroup its path
 * @param podUid UID of its pod; empty if the path is not a kubelet's
 * @param containerId its container; empty likewise, and for a pod as a whole
 * @param limitBytes limit of its memory
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param devices those it pays for at present
 * @param volumes names of the Kubernetes volumes on these devices; see {@link
 *     HostStatus#withVolumes}
 * @param residentBytes their lower cache as last measured
 * @param releasedBytes given back to it since the daemon started
 */
@Json
public record ContainerStatus(
    String cgroup,
    Optional<String> podUid,
    Optional<String> containerId,
    long limitBytes,
    double pressure,
    String pressureReason,
    List<String> devices,
    List<String> volumes,
    long residentBytes,
    long releasedBytes) {
  /** Rejects null, which JSON from elsewhere may contain. */
  public ContainerStatus {
    requireNonNull(cgroup, "no \"cgroup\"");
    requireNonNull(pressureReason, "no \"pressureReason\"");
    devices = List.copyOf(devices);
    volumes = volumes == null ? List.of() : List.copyOf(volumes); // of an older daemon
  }

  /** Flattens a report. */
  static ContainerStatus of(ContainerReport report) {
    Optional<PodCgroup> pod = PodCgroup.of(report.cgroup());
    return new ContainerStatus(
        report.cgroup(),
        pod.map(PodCgroup::podUid),
        pod.flatMap(PodCgroup::containerId),
        report.limitBytes(),
        report.pressure().level(),
        report.pressure().words(),
        report.devices(),
        List.of(),
        report.residentBytes(),
        report.releasedBytes());
  }

  ContainerStatus withVolumes(List<String> names) {
    return new ContainerStatus(
        cgroup,
        podUid,
        containerId,
        limitBytes,
        pressure,
        pressureReason,
        devices,
        names,
        residentBytes,
        releasedBytes);
  }

  /** Returns its name for people. */
  public String name() {
    return PodCgroup.nameOf(cgroup);
  }
}
