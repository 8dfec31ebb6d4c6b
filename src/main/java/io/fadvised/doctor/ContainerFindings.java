package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.engine.ContainerReport;
import java.util.List;

/**
 * A cgroup that is short of memory at its own limit.
 *
 * @param cgroup its path
 * @param limitBytes of its memory
 * @param pressure 0 to 1
 * @param pressureReason its strongest source, in words
 * @param devices those whose lower cache it pays for
 */
@Json
public record ContainerFindings(
    String cgroup, long limitBytes, double pressure, String pressureReason, List<String> devices) {
  public ContainerFindings {
    devices = List.copyOf(devices);
  }

  static ContainerFindings of(ContainerReport report) {
    return new ContainerFindings(
        report.cgroup(),
        report.limitBytes(),
        report.pressure().level(),
        report.pressure().words(),
        report.devices());
  }
}
