package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.engine.ContainerReport;
import io.fadvised.engine.ContainerWatch;
import java.util.List;

/**
 * A cgroup that is short of memory at its own limit.
 *
 * @param cgroup its path
 * @param limitBytes of its memory
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param refaultsPerSecond file pages that it read again soon after they were reclaimed
 * @param memoryStallShare share of the time in which some task of it waited for memory, 0 to 1; 0
 *     without PSI
 * @param devices those whose lower cache it pays for
 */
@Json
public record ContainerFindings(
    String cgroup,
    long limitBytes,
    double pressure,
    String pressureReason,
    double refaultsPerSecond,
    double memoryStallShare,
    List<String> devices) {
  public ContainerFindings {
    devices = List.copyOf(devices);
  }

  static ContainerFindings of(ContainerWatch.Shortage shortage) {
    ContainerReport report = shortage.report();
    return new ContainerFindings(
        report.cgroup(),
        report.limitBytes(),
        report.pressure().level(),
        report.pressure().words(),
        shortage.explained().refaultsPerSecond(),
        Math.min(1, shortage.explained().stallShare()),
        report.devices());
  }
}
