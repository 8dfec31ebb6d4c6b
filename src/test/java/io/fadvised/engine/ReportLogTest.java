package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Reason;
import io.fadvised.status.Reports;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
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
  private final ReportLog log = new ReportLog();
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
  void onceADayItSaysWhatTheDayWasGoodFor() {
    log.ticked(day(1, Optional.empty()));
    log.ticked(day(1, Optional.empty()));
    Benefit done =
        new Benefit(2.5 * 3600 * (1L << 30), 7L << 30, 1L << 30, 321, Duration.ofMillis(1500));
    log.ticked(day(2, Optional.of(done)));
    log.ticked(day(2, Optional.of(done)));

    assertThat(lines)
        .containsExactly(
            "on 2025-03-01 up to 2.5 GiB hours of memory were given back: 7 GiB released, about 1"
                + " GiB of it read again; 321 calls took 1500 ms");
  }

  @Test
  void aDayOnWhichNothingWasDoneIsNotSpokenOf() {
    log.ticked(day(1, Optional.empty()));
    log.ticked(day(2, Optional.of(Benefit.NONE)));

    assertThat(lines).isEmpty();
  }

  @Test
  void aClockThatWasSetBackHasItsDayToldOnce() {
    Optional<Benefit> yesterday =
        Optional.of(new Benefit(3600.0 * (1L << 30), 1000, 0, 1, Duration.ZERO));
    log.ticked(day(2, yesterday));
    lines.clear();

    for (int tick = 0; tick < 3; tick++) {
      log.ticked(day(1, yesterday));
    }

    assertThat(lines).hasSize(1);
  }

  @Test
  void newsOfDirectIoIsTold() {
    log.directIo(Reports.device("loop3"));
    log.directIo(Reports.newDevice("loop4")); // nothing to say

    assertThat(lines)
        .containsExactly("loop3: direct I/O can be had: losetup --direct-io=on /dev/loop3");
  }

  @Test
  void evictionsAreSummedUpAlsoAfterTheClockWasSetBackByYears() {
    log.ticked(Reports.emptySnapshot(Reports.AT));
    log.swept(eviction());
    log.ticked(Reports.emptySnapshot(Reports.AT.minus(Duration.ofDays(2000))));
    log.ticked(Reports.emptySnapshot(Reports.AT.minus(Duration.ofDays(2000))));

    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("released 4 MiB in 1 evictions from 1 devices");
  }

  private static SweepReport eviction() {
    SweepReport sweep = Reports.sweep(true, Reason.Code.OVER_ALLOWANCE);
    return new SweepReport(
        sweep.device(),
        sweep.decision(),
        sweep.before(),
        Optional.of(new Eviction(resident(5 << 20), resident(1 << 20), 1)),
        sweep.probe(),
        sweep.foundBy(),
        sweep.file(),
        sweep.elapsed(),
        sweep.measuring(),
        sweep.cost());
  }

  private static Residency resident(long bytes) {
    return new Residency(bytes, OptionalLong.empty(), OptionalLong.empty());
  }

  private static EngineSnapshot day(int day, Optional<Benefit> yesterday) {
    return Reports.snapshot(
        new Benefits(0, Benefit.NONE, LocalDate.of(2025, 3, day), Benefit.NONE, yesterday));
  }
}
