package io.fadvised.engine;

import static io.fadvised.engine.TestHost.GIB;
import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Measurements between two sweeps, for reports. */
class MeasureChangedTest {
  private static final Duration LIMIT = Duration.ofMillis(200);

  @RegisterExtension final TestHost host = new TestHost();
  @RegisterExtension final TestHost twin = new TestHost();

  private void ask() {
    ask(host);
  }

  private static void ask(TestHost host) {
    try {
      host.engine().measureChanged(LIMIT);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private long resident(String device) {
    return host.report(device).residency().orElseThrow().residentBytes();
  }

  private int opened(String device) {
    return (int)
        host.kernel().calls("openLoopDevice").stream()
            .filter(call -> call.target().equals(device))
            .count();
  }

  private void startAndSweep(String... sets) {
    host.start(sets);
    host.tick();
    host.tickAfterSeconds(1);
  }

  @Test
  void deviceWithIoSinceItsSweepIsMeasured() {
    host.attachRead("loop0", 8 << 10);
    startAndSweep();
    host.read("loop0", MIB, 40 * MIB);
    int sweeps = host.heard().swept.size();

    ask();

    assertThat(resident("loop0")).isEqualTo((8 << 10) + 40 * MIB);
    assertThat(host.snapshot().residentBytes()).isEqualTo((8 << 10) + 40 * MIB);
    assertThat(host.report("loop0").isOutdated()).isFalse();
    assertThat(host.snapshot().isLowerBound()).isFalse();
    assertThat(host.report("loop0").measuredAt()).hasValue(host.clock().now());
    assertThat(host.heard().swept).as("sweeps").hasSize(sweeps);
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void deviceAboveItsAllowanceIsMeasuredAndNotEvicted() {
    FakeFile file = host.attachRead("loop0", 0);
    startAndSweep();
    host.read("loop0", 0, 180 * MIB);

    ask();

    assertThat(resident("loop0")).isEqualTo(180 * MIB);
    assertThat(file.residentBytes()).isEqualTo(180 * MIB);
    assertThat(host.report("loop0").totals().sweeps()).isEqualTo(1);

    host.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();
    assertThat(resident("loop0")).isZero();
  }

  @Test
  void deviceWithoutIoIsNotMeasuredAgain() {
    host.attachRead("loop0", MIB);
    host.attachRead("loop1", MIB);
    startAndSweep();
    host.read("loop1", 2 * MIB, MIB);
    int opened = opened("loop0");

    ask();
    ask();

    assertThat(opened("loop0")).isEqualTo(opened);
    assertThat(resident("loop1")).isEqualTo(2 * MIB);
  }

  @Test
  void secondQuestionMeasuresOnlyAfterMoreIo() {
    host.attachRead("loop0", 0);
    startAndSweep();
    host.read("loop0", 0, MIB);
    ask();
    int opened = opened("loop0");

    ask();
    assertThat(opened("loop0")).isEqualTo(opened);

    host.read("loop0", MIB, MIB);
    ask();
    assertThat(resident("loop0")).isEqualTo(2 * MIB);
  }

  @Test
  void countersReadForAQuestionAreNotReadAtTheNextTick() {
    AtomicInteger reads = new AtomicInteger();
    host.attachRead("loop0", MIB);
    host.beforeCounters(
        () -> {
          reads.incrementAndGet();
          host.clock().advance(Duration.ofMillis(60)); // as with 10,000 devices
        });
    host.start();
    for (int tick = 0; tick < 5; tick++) {
      host.tickAfterSeconds(6);
    }
    int before = reads.get();

    host.clock().advance(Duration.ofSeconds(4));
    ask();
    host.tickAfterSeconds(2);
    assertThat(reads.get() - before).isEqualTo(1);

    host.tickAfterSeconds(4);
    assertThat(reads.get() - before).isEqualTo(2);
  }

  @Test
  void pausedEngineMeasures() {
    host.attachRead("loop0", MIB);
    host.start().setPaused(true);
    host.tick();

    ask();

    assertThat(resident("loop0")).isEqualTo(MIB);
    assertThat(host.report("loop0").probe()).hasValue("cachestat");
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.NEW);
    host.read("loop0", 200 * MIB, 300 * MIB);
    ask();
    assertThat(resident("loop0")).isEqualTo(301 * MIB);
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void dryRunMeasures() {
    host.attachRead("loop0", MIB);
    startAndSweep("dry-run=true");
    host.read("loop0", 200 * MIB, 300 * MIB);

    ask();

    assertThat(resident("loop0")).isEqualTo(301 * MIB);
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void excludedDeviceHasNoFigure() {
    host.attachRead("loop0", MIB);
    startAndSweep("devices.exclude=[loop0]");
    host.read("loop0", MIB, MIB);

    ask();

    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(host.snapshot().isLowerBound()).isFalse();
  }

  @Test
  void ioOfAFollowerIsMeasuredWithItsLead() {
    FakeFile file = host.attachRead("loop0", MIB);
    host.attach("loop1", "/srv/loop0.img", file);
    host.start();
    host.tick();
    host.tickAfterSeconds(1);
    host.read("loop1", 10 * MIB, 5 * MIB);

    ask();

    assertThat(resident("loop0")).isEqualTo(6 * MIB);
    assertThat(host.report("loop1").residency()).isEmpty();
    assertThat(host.snapshot().residentBytes()).isEqualTo(6 * MIB);
    assertThat(host.snapshot().isLowerBound()).isFalse();
  }

  @Test
  void uncountedDeviceIsMeasuredEveryHundredMilliseconds() {
    FakeFile file = host.attachRead("loop0", MIB);
    host.attachRead("loop1", MIB);
    host.sys().set("loop0", "queue/iostats", "0");
    startAndSweep();
    host.clock().advance(Duration.ofMillis(150));
    file.read(MIB, 9 * MIB);

    ask();
    assertThat(resident("loop0")).isEqualTo(10 * MIB);
    assertThat(host.report("loop0").isOutdated()).isFalse();

    file.read(20 * MIB, 5 * MIB);
    host.clock().advance(Duration.ofMillis(50));
    ask();
    assertThat(resident("loop0")).isEqualTo(10 * MIB);

    host.clock().advance(Duration.ofMillis(60));
    ask();
    assertThat(resident("loop0")).isEqualTo(15 * MIB);
  }

  @Test
  void everyDeviceIsMeasuredWhileCountersAreUnreadable() {
    FakeFile file = host.attachRead("loop0", MIB);
    startAndSweep();
    host.clock().advance(Duration.ofSeconds(1));
    file.read(MIB, MIB);
    host.removeProc("diskstats");

    ask();

    assertThat(resident("loop0")).isEqualTo(2 * MIB);
  }

  @Test
  void dirtyPagesAreCountedAgainUntilTheyAreWritten() {
    FakeFile file = host.attachRead("loop0", 0);
    startAndSweep();
    host.write("loop0", 0, 10 * MIB);
    ask();
    assertThat(host.report("loop0").residency().orElseThrow().dirtyBytes()).hasValue(10 * MIB);

    file.writeDirty();
    host.clock().advance(Duration.ofMillis(150));
    ask();

    assertThat(host.report("loop0").residency().orElseThrow().dirtyBytes()).hasValue(0);
  }

  @Test
  void ioDuringTheMeasurementMakesTheFigureOutdated() {
    host.attachRead("loop0", 0);
    startAndSweep();
    host.read("loop0", 0, MIB);
    host.kernel().beforeNext("cachestat", () -> host.count("loop0", MIB, 0));

    ask();
    assertThat(host.report("loop0").isOutdated()).as("not polled since").isFalse();
    int opened = opened("loop0");
    ask();

    assertThat(opened("loop0")).isEqualTo(opened + 1);
  }

  @Test
  void devicesThatDoNotFitIntoTheLimitKeepTheirFigure() {
    for (int i = 0; i < 5; i++) {
      host.attachRead("loop" + i, MIB);
    }
    startAndSweep();
    Duration sweptBefore = Duration.ofSeconds(12);
    host.clock().advance(sweptBefore);
    for (int i = 0; i < 5; i++) {
      host.read("loop" + i, 10 * MIB, MIB);
    }
    host.kernel().before("cachestat", call -> host.clock().advance(Duration.ofMillis(100)));

    ask();

    List<DeviceReport> outdated =
        host.snapshot().devices().stream().filter(DeviceReport::isOutdated).toList();
    assertThat(outdated).hasSize(3);
    assertThat(outdated)
        .allMatch(device -> device.residency().orElseThrow().residentBytes() == MIB)
        .allMatch(
            device ->
                device
                    .measuredAt()
                    .orElseThrow()
                    .isBefore(host.clock().now().minus(sweptBefore.minusMillis(1))));
    assertThat(host.snapshot().isLowerBound()).isTrue();
    assertThat(host.snapshot().residentBytes()).isEqualTo(7 * MIB);

    ask(); // the oldest figures first
    ask();

    assertThat(host.snapshot().devices()).noneMatch(DeviceReport::isOutdated);
    assertThat(host.snapshot().isLowerBound()).isFalse();
    assertThat(host.snapshot().residentBytes()).isEqualTo(10 * MIB);
  }

  @Test
  void cheapDeviceIsMeasuredBeforeALargeOneOfMincore() {
    host.attachRead("loop0", 0).onOverlay();
    host.attach("loop1", "/srv/small.img", 8 * MIB);
    startAndSweep();
    host.read("loop0", 0, MIB);
    host.tickAfterSeconds(1);
    host.clock().advance(Duration.ofSeconds(2));
    host.read("loop0", MIB, MIB);
    host.read("loop1", 0, MIB);
    host.kernel().before("cachestat", call -> host.clock().advance(LIMIT));

    ask();

    assertThat(host.report("loop0").isOutdated()).isTrue();
    assertThat(resident("loop1")).isEqualTo(MIB);
  }

  @Test
  void deviceOnAHungFilesystemIsSkipped() {
    host.attach("loop0", "/btrfs/a.img", GIB);
    host.attach("loop1", "/btrfs/b.img", GIB);
    host.attachRead("loop2", 0);
    startAndSweep();
    host.read("loop1", 0, MIB);
    ask();
    host.read("loop0", 0, 100 * MIB);
    host.hangIn("locate");
    host.tickAfterSeconds(1);
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.QUARANTINED);
    host.read("loop1", MIB, MIB);
    host.read("loop2", 0, MIB);
    int opened = opened("loop1");

    ask();

    assertThat(opened("loop1")).isEqualTo(opened);
    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(resident("loop1")).isEqualTo(MIB);
    assertThat(host.report("loop1").isOutdated()).isTrue();
    assertThat(resident("loop2")).isEqualTo(MIB);
    assertThat(host.snapshot().isLowerBound()).isTrue();
  }

  @Test
  void measurementThatHangsQuarantinesItsDeviceUntilItReturns() {
    host.attach("loop0", "/btrfs/a.img", GIB);
    host.attachRead("loop1", 0);
    startAndSweep();
    host.read("loop0", 0, MIB);
    host.read("loop1", 0, MIB);
    host.hangIn("locate");

    ask();

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(host.heard().changed)
        .last()
        .matches(report -> report.state().label().startsWith("q"));
    host.engine().setPaused(true);
    host.read("loop0", MIB, MIB);
    host.answer();
    host.tickAfterSeconds(1);

    assertThat(host.report("loop0").reason().words()).isEqualTo("responds again, not swept since");
    assertThat(host.report("loop0").isOutdated()).as("the I/O after the question").isTrue();
    host.engine().setPaused(false);
    host.tickAfterSeconds(1);
    assertThat(resident("loop0")).isEqualTo(2 * MIB);
  }

  @Test
  void deviceThatIsDetachedDuringTheMeasurementKeepsItsFigure() {
    host.attachRead("loop0", MIB);
    startAndSweep();
    host.read("loop0", MIB, MIB);
    host.kernel().beforeNext("cachestat", () -> host.detach("loop0"));

    ask();

    assertThat(resident("loop0")).isEqualTo(MIB);
    assertThat(host.report("loop0").isOutdated()).isTrue();
    host.tickAfterSeconds(1);
    assertThat(host.snapshot().devices()).isEmpty();
  }

  /** Two equal hosts, one of which is asked all the time. */
  @Test
  void sweepsAreTheSameWithAndWithoutQuestions() {
    List<List<String>> decisions = new ArrayList<>();
    for (TestHost each : List.of(host, twin)) {
      for (int i = 0; i < 4; i++) {
        each.attachRead("loop" + i, i * MIB);
      }
      each.start();
      Random random = new Random(17);
      for (int step = 0; step < 300; step++) {
        each.tickAfter(Duration.ofMillis(500));
        String device = "loop" + random.nextInt(4);
        long offset = random.nextInt(900) * MIB;
        each.setAvailable(random.nextInt(60) == 0 ? 0.06 : 0.5);
        if (random.nextInt(3) == 0) {
          each.write(device, offset, random.nextInt(20) * MIB);
        } else {
          each.read(device, offset, random.nextInt(20) * MIB);
        }
        if (each == host) {
          ask(each);
        }
      }
      decisions.add(
          each.heard().swept.stream()
              .map(
                  sweep ->
                      String.join(
                          " ",
                          sweep.device(),
                          sweep.reason().words(),
                          sweep.fill().toString(),
                          sweep.backoff().toString(),
                          Long.toString(sweep.readBackBytes())))
              .toList());
    }

    assertThat(decisions.get(0)).hasSizeGreaterThan(200).isEqualTo(decisions.get(1));
    assertThat(host.kernel().calls("cachestat")).hasSizeGreaterThan(300);
  }
}
