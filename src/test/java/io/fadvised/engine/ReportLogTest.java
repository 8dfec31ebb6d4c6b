package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.Reason;
import io.fadvised.status.Reports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportLogTest {
  private static final Logger LOGGER = Logger.getLogger(ReportLog.class.getName());

  private final List<String> lines = new ArrayList<>();
  private final ReportLog log = new ReportLog(null);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  @Test
  void stormOfAttachmentsIsSummedUp() {
    log.ticked(Reports.emptySnapshot(Reports.AT));
    for (int i = 0; i < 500; i++) {
      log.appeared(Reports.newDevice("loop" + i));
      log.disappeared("loop" + i);
    }
    assertThat(lines).hasSize(60);
    lines.clear();

    log.ticked(Reports.emptySnapshot(Reports.AT.plusSeconds(60)));
    log.appeared(Reports.newDevice("loop0"));

    assertThat(lines)
        .containsExactly(
            "940 lines about devices left out in the last minute: 500 devices found, 500 gone",
            "loop0: found, backed by /srv/new.img");
  }

  @Test
  void deviceThatRespondsAgainIsLoggedOnce() {
    log.changed(in(DeviceState.QUARANTINED));
    log.changed(in(DeviceState.MANAGED));
    log.changed(in(DeviceState.IDLE));
    log.changed(in(DeviceState.MANAGED));

    assertThat(lines).containsExactly("loop3: quarantined: because", "loop3: responding again");
  }

  private static DeviceReport in(DeviceState state) {
    DeviceReport device = Reports.device("loop3");
    return new DeviceReport(
        device.device(),
        state,
        new Reason(Reason.Code.NEW, "because"),
        device.residency(),
        device.measuredAt(),
        device.isOutdated(),
        device.probe(),
        device.foundBy(),
        device.allowanceBytes(),
        device.payers(),
        device.fill(),
        device.interval(),
        device.lastSweep(),
        device.directIo(),
        device.totals(),
        device.outBytes());
  }

  @Test
  void changedDirectIoIsLogged() {
    log.directIo(Reports.device("loop3"));
    log.directIo(Reports.newDevice("loop4")); // nothing to say

    assertThat(lines)
        .containsExactly("loop3: direct I/O is available: losetup --direct-io=on /dev/loop3");
  }

  @Test
  void evictionsAreSummedUpAfterTheClockWasSetBackByYears() {
    log.ticked(Reports.emptySnapshot(Reports.AT));
    log.swept(eviction());
    log.ticked(Reports.emptySnapshot(Reports.AT.minus(Duration.ofDays(2000))));
    log.ticked(Reports.emptySnapshot(Reports.AT.minus(Duration.ofDays(2000))));

    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("released 4 MiB in 1 evictions from 1 devices");
  }

  @Test
  void pressureIsLoggedOnceAndItsEndAfterAMinuteWithout() {
    log.ticked(pressed(0, 0.49));
    log.ticked(pressed(1, 0.5));
    log.ticked(pressed(2, 0.9));
    log.ticked(pressed(3, 0.1));
    log.ticked(pressed(30, 0.6));
    log.ticked(pressed(89, 0.1));
    log.ticked(pressed(90, 0.1));
    log.ticked(pressed(91, 0.1));

    assertThat(lines)
        .containsExactly(
            "memory is short: pressure 0.50 (because), budget 0 B",
            "memory is no longer short, after 29 s");
  }

  private static EngineSnapshot pressed(int seconds, double level) {
    Pressure pressure = new Pressure(level, Map.of(), "because");
    return Reports.pressedSnapshot(Reports.AT.plusSeconds(seconds), true, pressure, 0, 0);
  }

  private static SweepReport eviction() {
    return Reports.sweep(
        true,
        Reason.Code.OVER_ALLOWANCE,
        Optional.of(new Eviction(resident(5 << 20), resident(1 << 20), 1, false)));
  }

  private static Residency resident(long bytes) {
    return new Residency(bytes, OptionalLong.empty(), OptionalLong.empty());
  }
}
