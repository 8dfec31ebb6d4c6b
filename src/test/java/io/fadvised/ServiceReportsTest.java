package io.fadvised;

import static io.fadvised.status.Reports.AT;
import static io.fadvised.status.Reports.emptySnapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.linux.ServiceNotifier;
import io.fadvised.status.Reports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without a service manager; ServiceIT has one. */
class ServiceReportsTest {
  @TempDir Path directory;
  private Path heartbeat;
  private ServiceReports reports;

  @BeforeEach
  void createReports() {
    heartbeat = directory.resolve("heartbeat");
    reports = new ServiceReports(ServiceNotifier.of(null), new HeartbeatFile(heartbeat.toString()));
  }

  @Test
  void heartbeatFollowsTicksEveryTenSeconds() throws Exception {
    reports.ticked(emptySnapshot(AT));
    assertThat(beatAt()).isEqualTo(AT);
    reports.ticked(emptySnapshot(AT.plusSeconds(9))); // within the interval
    assertThat(beatAt()).isEqualTo(AT);
    reports.ticked(emptySnapshot(AT.plusSeconds(10)));
    assertThat(beatAt()).isEqualTo(AT.plusSeconds(10));
    reports.ticked(emptySnapshot(AT.minusSeconds(3600))); // the clock was set back
    assertThat(beatAt()).isEqualTo(AT.minusSeconds(3600));
  }

  @Test
  void stoppingDaemonHasNoHeartbeatUntilItStartsAgain() throws Exception {
    reports.ticked(emptySnapshot(AT));
    reports.stopping();
    reports.ticked(emptySnapshot(AT.plusSeconds(60)));
    assertThat(beatAt()).isEqualTo(AT);

    reports.starting();
    reports.ticked(emptySnapshot(AT.plusSeconds(61)));
    assertThat(beatAt()).isEqualTo(AT.plusSeconds(61));
  }

  @Test
  void statusCountsUnavailableDevices() {
    DeviceReport well = Reports.device("loop1");
    DeviceReport hidden = Reports.unreachable("loop2");

    assertThat(ServiceReports.status(Reports.snapshot(well, hidden)))
        .startsWith("STATUS=2 loop devices, 1 unavailable, ");
    assertThat(ServiceReports.status(Reports.snapshot(well)))
        .startsWith("STATUS=1 loop devices, 40 B resident, budget ");
  }

  private Instant beatAt() throws IOException {
    return Files.getLastModifiedTime(heartbeat).toInstant();
  }
}
