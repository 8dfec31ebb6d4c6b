package io.fadvised.engine;

import static io.fadvised.engine.TestHost.GIB;
import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ScheduleTest {
  @RegisterExtension final TestHost host = new TestHost();

  /** Attaches loop0 and those after it. */
  private List<FakeFile> attachMany(int count, long sizeBytes) {
    List<FakeFile> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(host.attach("loop" + i, "/srv/" + i, sizeBytes));
    }
    return files;
  }

  private void everyCallTakes(String call, Duration time) {
    host.kernel().before(call, made -> host.clock().advance(time));
  }

  private static Duration scatteredAdvice(FakeKernel.Call call) {
    return Duration.ofMillis(call.length() > 64 * MIB ? 100 : 1);
  }

  private void tickWhileAllAreRead(int devices, int ticks) {
    for (int tick = 0; tick < ticks; tick++) {
      for (int i = 0; i < devices; i++) {
        host.read("loop" + i, 0, GIB);
      }
      host.tickAfterSeconds(1);
    }
  }

  @Test
  void intervalFollowsTheFillRate() {
    host.attachRead("loop0", 2 * MIB);
    host.start("interval.max=30s");
    host.tick();
    assertThat(host.report("loop0").interval()).isEqualTo(Duration.ofSeconds(30));

    host.read("loop0", 2 * MIB, 30 * MIB);
    host.tickAfterSeconds(30); // 1 MiB a second, 32 MiB below the allowance

    DeviceReport report = host.report("loop0");
    assertThat(report.fill().bytesPerSecond()).isEqualTo(MIB);
    assertThat(report.interval()).isEqualTo(Duration.ofMillis(25_600));
  }

  @Test
  void deviceIsSweptAtOnceAfterIoThatMayFillItsAllowance() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick(); // due again in 60 s

    host.read("loop0", 100 * MIB, 60 * MIB);
    host.tickAfterSeconds(1);

    assertThat(host.heard().swept).hasSize(2);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void slowFirstMeasurementDoesNotDelayTheSecond() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.start();
    everyCallTakes("cachestat", Duration.ofMillis(200));
    host.tick();

    host.kernel().mend("cachestat");
    host.read("loop0", 0, 100 * MIB);
    host.tickAfterSeconds(1);

    assertThat(host.heard().sweepsOf("loop0")).hasSize(2);
    assertThat(file.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
  }

  @Test
  void longestWaitingDeviceIsServedFirstThenTheFullest() {
    host.attachRead("loop0", 10 * MIB);
    host.attachRead("loop1", 15 * MIB);
    host.start();
    host.tick();
    host.read("loop0", 500 * MIB, 200 * MIB);
    host.read("loop1", 500 * MIB, 200 * MIB);

    host.tickAfterSeconds(1);

    assertThat(host.heard().swept)
        .extracting(SweepReport::device)
        .containsExactly("loop1", "loop0", "loop1", "loop0");
  }

  @Test
  void smallNewDeviceIsMeasuredBeforeLargeOnes() {
    attachMany(30, GIB << 10);
    host.attach("loop30", "/srv/small", 64 * MIB).read(0, 50 * MIB);
    host.start();
    everyCallTakes("open_by_handle_at", Duration.ofMillis(300));

    host.tick();

    assertThat(host.heard().sweepsOf("loop30")).hasSize(1);
    assertThat(host.heard().sweepsOf("loop29")).isEmpty();
  }

  @Test
  void lightDeviceIsSweptWhileHeavyOnesTakeAllTheTime() {
    attachMany(3, 2 * GIB);
    host.attachRead("loop3", 50 * MIB);
    host.start();
    everyCallTakes("posix_fadvise", Duration.ofMillis(1200));

    for (int tick = 0; tick < 6 && host.heard().sweepsOf("loop3").isEmpty(); tick++) {
      for (int i = 0; i < 3; i++) {
        host.read("loop" + i, 0, 2 * GIB);
      }
      host.tickAfterSeconds(1);
    }

    assertThat(host.heard().sweepsOf("loop3")).hasSize(1);
  }

  @Test
  void quickDeviceWaitsForOneRoundOfSlowOnes() {
    attachMany(30, GIB);
    FakeFile quick = host.attachRead("loop30", 50 * MIB);
    host.start();
    host.kernel().before("posix_fadvise", call -> host.clock().advance(scatteredAdvice(call)));
    tickWhileAllAreRead(30, 60); // each has had its slice

    for (int round = 0; round < 5; round++) {
      host.read("loop30", 0, 50 * MIB);
      tickWhileAllAreRead(30, 8); // 30 calls of 100 ms with rests as long
      assertThat(quick.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
    }
    for (int i = 0; i < 30; i++) {
      assertThat(host.heard().sweepsOf("loop" + i)).as("loop" + i).hasSizeGreaterThan(1);
    }
  }

  @Test
  void longEvictionsAreCutShortWhileOthersWait() {
    List<FakeFile> scattered = attachMany(30, 16 * GIB);
    FakeFile quick = host.attachRead("loop30", 0);
    host.start("budget.relaxed=8MiB", "budget.pressed=8MiB");
    host.tick(); // nothing is resident, so all are quick
    for (int i = 0; i < scattered.size(); i++) {
      for (int piece = 0; piece < 128; piece++) {
        host.read("loop" + i, piece * (128 * MIB), MIB);
      }
    }
    host.read("loop30", 0, 50 * MIB);
    everyCallTakes("posix_fadvise", Duration.ofMillis(1));

    host.tickAfterSeconds(1);
    host.tickAfterSeconds(1);

    assertThat(quick.residentBytes()).isZero();
    assertThat(host.heard().sweepsOf("loop0")).last().matches(SweepReport::isCutShort);

    host.run(Duration.ofMinutes(1));

    assertThat(scattered).allMatch(file -> file.residentBytes() <= 8 * MIB);
  }

  @Test
  void newDevicesDoNotOvertakeOneThatWaits() {
    host.attachRead("loop0", 0);
    host.start();
    host.tick();
    everyCallTakes("open_by_handle_at", Duration.ofMillis(300));

    for (int tick = 0; tick < 10; tick++) {
      host.read("loop0", 0, 100 * MIB);
      for (int i = 0; i < 10; i++) {
        host.attachRead("loop" + (1 + 10 * tick + i), MIB);
      }
      host.engine().requestRescan();
      host.tickAfterSeconds(1);
    }

    assertThat(host.heard().sweepsOf("loop0")).hasSizeGreaterThan(2);
  }

  @Test
  void slowFirstSweepsOfManyDevicesDoNotHoldUpOneThatWasSweptBefore() {
    FakeFile before = host.attachRead("loop0", 50 * MIB);
    host.start("budget.relaxed=8MiB", "budget.pressed=8MiB");
    host.tick();
    for (int i = 1; i <= 60; i++) {
      host.attachRead("loop" + i, GIB);
    }
    host.kernel()
        .before(
            "posix_fadvise", call -> host.clock().advance(scatteredAdvice(call).multipliedBy(5)));
    host.tickAfterSeconds(10); // and finds them

    for (int round = 0; round < 3; round++) {
      host.read("loop0", (round + 1) * (100 * MIB), 50 * MIB);
      host.tickAfterSeconds(1);
      host.tickAfterSeconds(1);
      host.tickAfterSeconds(1);
      assertThat(before.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
    }
    assertThat(host.heard().sweepsOf("loop60")).isEmpty();
  }

  @Test
  void nextSliceOfAnEvictionDoesNotLocateThePagesAgain() {
    everyCallTakes("posix_fadvise", Duration.ofMillis(78)); // a rest of that length closes the file
    FakeFile file = host.attachRead("loop0", TestHost.GIB);
    host.start();
    host.tick();
    assertThat(host.adviceCalls()).isEqualTo(1);
    host.kernel().forgetCalls();

    host.tickAfter(Duration.ofMillis(80));

    assertThat(host.adviceCalls()).isEqualTo(1);
    assertThat(host.kernel().calls("cachestat")).as("before and after").hasSize(2);
    host.runSeconds(5);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void sliceShrinksAsTheQueueGrows() {
    assertThat(Schedule.slice(1)).hasMillis(250);
    assertThat(Schedule.slice(4)).hasMillis(250);
    assertThat(Schedule.slice(100)).hasMillis(10);
    assertThat(Schedule.slice(10_000)).hasMillis(2);
    assertThat(Schedule.measuringSlice(1)).hasMillis(20);
    assertThat(Schedule.measuringSlice(50)).hasMillis(2);
    assertThat(Schedule.measuringSlice(10_000)).hasMillis(1);
  }

  @Test
  void honestDeviceWaitsForOneSliceOfEachOfAThousandHostileOnes() {
    attachMany(1000, 256 * MIB);
    host.attachRead("loop1000", 50 * MIB);
    host.start("budget.relaxed=8MiB", "budget.pressed=8MiB");
    everyCallTakes("posix_fadvise", Duration.ofMillis(10)); // five times the slice
    List<Long> starts = new ArrayList<>();
    while (starts.size() < 3) {
      for (int i = 0; i < 1000; i++) { // two calls each, always
        host.read("loop" + i, 0, 256 * MIB);
      }
      host.read("loop1000", 0, 50 * MIB);
      int before = host.heard().sweepsOf("loop1000").size();
      host.tickAfter(Duration.ofMillis(50));
      if (host.heard().sweepsOf("loop1000").size() > before) {
        starts.add(host.clock().nanos());
      }
    }

    List<String> order = host.heard().swept.stream().map(SweepReport::device).toList();
    List<String> round =
        order.subList(order.indexOf("loop1000") + 1, order.lastIndexOf("loop1000"));
    round = round.subList(0, round.indexOf("loop1000"));
    assertThat(round).doesNotHaveDuplicates().hasSize(1000);
    for (int i = 1; i < starts.size(); i++) {
      assertThat(Duration.ofNanos(starts.get(i) - starts.get(i - 1)))
          .isLessThan(Duration.ofSeconds(25)); // 1,000 calls of 10 ms, rests as long, ticks
    }
  }

  @Test
  void deviceThatIsAttachedAgainGoesToTheEndOfTheQueue() {
    attachMany(20, GIB);
    host.start();
    host.tick();
    everyCallTakes("open_by_handle_at", Duration.ofMillis(600));

    for (int tick = 0; tick < 60; tick++) {
      host.attach("loop0", "/srv/again" + tick, MIB);
      host.engine().requestRescan();
      host.engine().makeAllDue();
      host.tickAfterSeconds(1);
    }

    int again = host.heard().sweepsOf("loop0").size();
    for (int i = 1; i < 20; i++) {
      assertThat(host.heard().sweepsOf("loop" + i))
          .as("loop" + i)
          .hasSizeGreaterThanOrEqualTo(again);
    }
  }
}
