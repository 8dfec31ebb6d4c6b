package io.fadvised.engine;

import static io.fadvised.engine.EngineFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.loop.SysFixture;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does with devices that behave. */
class EngineTest {
  private static final String IMAGE = "/srv/a.img";
  private static final Duration LONG_LOOK = Duration.ofMillis(300);

  @TempDir private Path folder;
  private FixtureHost host;

  @BeforeEach
  void prepare() {
    host = new FixtureHost(folder);
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(host.kernel().openDescriptors()).isZero();
  }

  private EngineFixture engine(String... sets) {
    return new EngineFixture(host, sets);
  }

  /** Attaches a file of 1 GiB of which so much was read. */
  private FakeFile attach(String loop, long residentBytes) {
    FakeFile file = host.attach(loop, "/srv/" + loop + ".img", 1L << 30);
    if (residentBytes > 0) {
      host.read(loop, file, 0, residentBytes);
    }
    return file;
  }

  @Test
  void findsADeviceAndLeavesWhatIsWithinTheAllowance() {
    attach("loop0", 10 * MIB);
    EngineFixture engine = engine();

    assertThat(engine.tick()).isEqualTo(Duration.ofSeconds(5));

    assertThat(engine.heard.appeared)
        .extracting(report -> report.state())
        .containsExactly(DeviceState.NEW);
    DeviceReport report = engine.report("loop0");
    assertThat(report.state()).isEqualTo(DeviceState.MANAGED);
    assertThat(report.reason().code()).isEqualTo(Reason.Code.WITHIN_ALLOWANCE);
    assertThat(report.residency().orElseThrow().residentBytes()).isEqualTo(10 * MIB);
    assertThat(report.probe()).contains("cachestat");
    assertThat(report.foundBy()).contains("file handle on ext4");
    assertThat(report.allowanceBytes()).isEqualTo(64 * MIB);
    assertThat(report.lastSweep()).isPresent();
    assertThat(engine.adviceCalls()).isZero();
  }

  @Test
  void evictsWhatIsOverTheAllowance() {
    FakeFile file = attach("loop0", 100 * MIB);
    EngineFixture engine = engine();

    engine.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").reason())
        .isEqualTo(
            new Reason(
                Reason.Code.OVER_ALLOWANCE, "100 MiB resident, 64 MiB allowed; released 100 MiB"));
    DeviceTotals totals = engine.engine.snapshot().totals();
    assertThat(totals).isEqualTo(new DeviceTotals(1, 1, 1, 100 * MIB, 0));
    assertThat(engine.engine.snapshot().residentBytes()).isZero();

    engine.tickAfterSeconds(1);
    assertThat(engine.engine.snapshot().benefit().givenBackBytes()).isEqualTo(100 * MIB);
    assertThat(engine.engine.snapshot().benefit().gibHours()).isPositive();
  }

  @Test
  void withoutLoopDevicesItTicksOn() {
    EngineFixture engine = engine();

    assertThat(engine.run(Duration.ofMinutes(1))).isEqualTo(12);
    assertThat(engine.engine.snapshot().devices()).isEmpty();
    assertThat(host.kernel().calls()).isEmpty();
  }

  @Test
  void aQuietHostIsLookedAtEveryFiveSecondsOrAsOftenAsTheLongestIntervalSays() {
    attach("loop0", MIB);
    EngineFixture usual = engine();
    usual.tick();
    EngineFixture shorter = engine("interval.min=100ms", "interval.max=300ms");
    shorter.tick();

    assertThat(usual.tickAfterSeconds(1)).hasSeconds(5);
    assertThat(shorter.tickAfterSeconds(1)).hasMillis(300);
  }

  @Test
  void idleDeviceIsMeasuredOncePerMaxInterval() {
    FakeFile file = attach("loop0", 10 * MIB);
    attach("loop1", 10 * MIB);
    EngineFixture engine = engine();
    engine.tick();

    engine.run(Duration.ofMinutes(10));

    assertThat(engine.heard.sweepsOf("loop0")).hasSizeBetween(9, 11);
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.IDLE);
    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isEqualTo(10 * MIB);
    assertThat(engine.heard.changed)
        .filteredOn(report -> report.state() == DeviceState.IDLE)
        .hasSize(2);

    file.read(100 * MIB, 300 * MIB); // by a backup, past the device
    engine.run(Duration.ofSeconds(65));

    assertThat(file.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void idleDeviceIsMeasuredWhenMemoryBecomesShort() {
    FakeFile file = attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofSeconds(20));
    file.read(100 * MIB, 300 * MIB);

    host.setAvailable(0.05);
    engine.run(Duration.ofSeconds(2));

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void manySmallDevicesAreEvictedOnceTheirSumExceedsTheBudget() {
    List<FakeFile> small = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      FakeFile file = host.attach("loop" + i, IMAGE + i, 1900 << 10);
      host.read("loop" + i, file, 0, 1900 << 10);
      small.add(file);
    }
    EngineFixture engine = engine("budget.relaxed=16MiB");

    engine.run(Duration.ofSeconds(5));

    assertThat(small.stream().mapToLong(FakeFile::residentBytes).sum())
        .isLessThanOrEqualTo(16 * MIB);
  }

  @Test
  void ioBelowTwoMebibytesMakesADeviceDueOnceTheSumExceedsTheBudget() {
    List<FakeFile> files = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      files.add(host.attach("loop" + i, IMAGE + i, 8 * MIB));
    }
    EngineFixture engine = engine("budget.relaxed=16MiB");
    engine.run(Duration.ofSeconds(5));
    for (int i = 0; i < 200; i++) {
      files.get(i).read(0, 7 * MIB); // with read-ahead
      host.count("loop" + i, 28 * (64 << 10), 0);
    }

    engine.run(Duration.ofSeconds(5));

    assertThat(files.stream().mapToLong(FakeFile::residentBytes).sum())
        .isLessThanOrEqualTo(16 * MIB);
  }

  @Test
  void uncountedDeviceIsSweptLikeABusyOneWhileMemoryIsShort() {
    FakeFile file = attach("loop0", MIB);
    host.sys().set("loop0", "queue/iostats", "0");
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(2)); // quiet
    host.setAvailable(0.05);
    engine.run(Duration.ofSeconds(2));
    file.read(0, 300 * MIB);

    engine.run(Duration.ofSeconds(2));

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void aDeviceWithIoIsLookedAtAgain() {
    FakeFile file = attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(3));
    int before = engine.heard.swept.size();

    host.read("loop0", file, 20 * MIB, MIB);
    engine.run(Duration.ofMinutes(2));

    assertThat(engine.heard.swept.size()).isGreaterThan(before);
    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isEqualTo(11 * MIB);
  }

  @Test
  void ioThatMightHaveFilledTheAllowanceIsAReasonToLookSoon() {
    FakeFile file = attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.tick(); // next look in 60 s

    host.read("loop0", file, 100 * MIB, 60 * MIB);
    engine.tickAfterSeconds(1);

    assertThat(engine.heard.swept).hasSize(2);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void idlenessIsNotBelievedWhereTheKernelDoesNotCount() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    file.read(0, 10 * MIB);
    EngineFixture engine = engine();

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.heard.swept.size()).isGreaterThanOrEqualTo(5);
    assertThat(engine.heard.skipped).isEmpty();
  }

  @Test
  void anyCountOnTheHostProvesThatTheKernelCounts() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    file.read(0, 10 * MIB);
    attach("loop1", MIB);
    EngineFixture engine = engine();

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.IDLE);
  }

  @Test
  void idlenessIsNotBelievedOfADeviceThatTheKernelWasToldNotToCount() {
    attach("loop0", 10 * MIB);
    attach("loop1", MIB);
    host.sys().set("loop0", "queue/iostats", "0");
    host.sys().set("loop1", "queue/iostats", "1");
    EngineFixture engine = engine();

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.IDLE);
  }

  @Test
  void pressureShrinksTheBudgetAndMakesAnIdleHolderDue() {
    FakeFile file = attach("loop0", 60 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(2));
    assertThat(engine.adviceCalls()).isZero();

    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);

    assertThat(engine.engine.snapshot().pressure().level()).isEqualTo(1.0);
    assertThat(engine.engine.snapshot().toleratedBytes()).isEqualTo(8 * MIB);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void halfThePressureShrinksItHalfWay() {
    attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.tick();

    host.setAvailable(0.15);
    engine.tickAfterSeconds(1);

    assertThat(engine.engine.snapshot().toleratedBytes())
        .isBetween(36 * MIB - 1024, 36 * MIB + 1024);
  }

  @Test
  void pressureThatWentAwayIsForgottenSlowly() {
    attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.tick();
    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);
    host.setAvailable(0.5);

    engine.tickAfterSeconds(30);
    assertThat(engine.engine.snapshot().pressure().level()).isCloseTo(0.5, within(1e-9));
    engine.tickAfterSeconds(30);
    assertThat(engine.engine.snapshot().pressure().level()).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void eachSourceOfPressureIsSeenThroughProc() {
    EngineFixture engine = engine();
    engine.tick();
    host.addRefaults(200);
    engine.tickAfterSeconds(1);
    assertThat(engine.engine.snapshot().pressure().words())
        .isEqualTo("page cache refaults: 200 a second");
    host.addDirectReclaims(4);
    engine.tickAfterSeconds(1);
    assertThat(engine.engine.snapshot().pressure().words()).isEqualTo("direct reclaim: 4 a second");
    host.addStall(60_000);
    engine.tickAfterSeconds(1);
    assertThat(engine.engine.snapshot().pressure().words())
        .isEqualTo("memory stalls: 6.0 % of the time stalled");
    host.addScanned(1_000_000);
    engine.tickAfterSeconds(3600);
    assertThat(engine.engine.snapshot().pressure().words()).startsWith("reclaim scanning: ");
  }

  @Test
  void anEventIsBelievedAtOnceHoweverLongThereWasNothing() {
    FakeFile file = attach("loop0", 60 * MIB);
    EngineFixture engine = watched(engine());
    engine.run(Duration.ofMinutes(2));
    assertThat(engine.adviceCalls()).isZero();

    host.addStall(50_000); // 1 % of 5 s, but 5 % of the event's window
    engine.engine.pressureRises(Duration.ofSeconds(1));
    engine.tickAfterSeconds(5);

    assertThat(engine.engine.snapshot().pressure().level()).isEqualTo(0.5);
    assertThat(engine.engine.snapshot().pressure().words())
        .isEqualTo("memory stalls: 5.0 % of the time stalled");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void anEventRightAfterALookIsBelievedTooAndFollowedByALook() {
    EngineFixture engine = watched(engine());
    engine.tick();

    host.addStall(50_000);
    host.setAvailable(0.05);
    engine.engine.pressureRises(Duration.ofSeconds(1));
    Duration wait = engine.tickAfter(Duration.ofMillis(300));

    assertThat(engine.engine.snapshot().pressure().sources())
        .containsEntry(Pressure.Source.STALL, 0.5)
        .containsEntry(Pressure.Source.HEADROOM, 1.0);
    assertThat(wait).isEqualTo(Duration.ofMillis(200)); // half a second after the look
    host.addRefaults(300);
    engine.tickAfter(wait);
    assertThat(engine.engine.snapshot().pressure().sources()).containsKey(Pressure.Source.REFAULT);
  }

  @Test
  void onlyTheFirstEventForAWhileIsAReasonToTickAtOnce() {
    EngineFixture engine = watched(engine());
    Duration window = Duration.ofSeconds(1);

    assertThat(engine.engine.pressureRises(window)).isTrue();
    assertThat(engine.tick()).isEqualTo(Duration.ofMillis(500));
    for (int second = 0; second < 30; second += 3) {
      host.clock().advance(Duration.ofSeconds(3));
      assertThat(engine.engine.pressureRises(window)).isFalse();
      assertThat(engine.tick()).isEqualTo(Duration.ofSeconds(1));
    }
    assertThat(engine.tickAfterSeconds(3)).isEqualTo(Duration.ofSeconds(1));
    assertThat(engine.tickAfterSeconds(3)).isEqualTo(Duration.ofSeconds(5));
    assertThat(engine.engine.pressureRises(window)).isTrue();
  }

  @Test
  void anEventWithoutStallsBehindItIsNoPressure() {
    EngineFixture engine = watched(engine());
    engine.tick();

    engine.engine.pressureRises(Duration.ofSeconds(1));
    engine.tickAfterSeconds(5);
    engine.engine.pressureRises(Duration.ZERO);
    engine.tickAfterSeconds(5);

    assertThat(engine.engine.snapshot().pressure().level()).isZero();
    assertThat(engine.engine.snapshot().events())
        .isEqualTo(new PressureEvents.Told(true, "a test", 2));
  }

  @Test
  void whereNobodyTellsOfPressureTheTickShortensAsHeadroomShrinks() {
    EngineFixture engine = engine();
    assertThat(engine.tick()).isEqualTo(Duration.ofSeconds(5));

    host.setAvailable(0.40);
    assertThat(engine.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5)); // 15 % left, 2 % a s
    host.setAvailable(0.30);
    assertThat(engine.tickAfterSeconds(5))
        .isBetween(Duration.ofMillis(2490), Duration.ofMillis(2510));
    host.setAvailable(0.26);
    assertThat(engine.tickAfter(Duration.ofMillis(2500)))
        .isBetween(Duration.ofMillis(620), Duration.ofMillis(630));
    host.setAvailable(0.15);
    engine.tickAfter(Duration.ofMillis(625)); // too soon for the counters, not for the headroom

    assertThat(engine.engine.snapshot().pressure().level()).isCloseTo(0.5, within(0.01));
  }

  @Test
  void refaultsShortenTheTickUnlessHalfOfTheMemoryIsFree() {
    host.setAvailable(1); // half of which is free in this fixture
    EngineFixture engine = watched(engine());
    engine.tick();

    host.addRefaults(10_000);
    assertThat(engine.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5));
    assertThat(engine.engine.snapshot().pressure().level()).isGreaterThan(0.05);

    host.setAvailable(0.99);
    host.addRefaults(10_000);
    assertThat(engine.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void whereSomebodyTellsOfPressureItDoesNot() {
    EngineFixture engine = watched(engine());
    engine.tick();

    host.setAvailable(0.26);

    assertThat(engine.tickAfterSeconds(5)).isEqualTo(Duration.ofSeconds(5));
  }

  private static EngineFixture watched(EngineFixture engine) {
    engine.engine.pressureWatched(true, "a test");
    return engine;
  }

  @Test
  void theIntervalFollowsTheFillRate() {
    FakeFile file = attach("loop0", 2 * MIB);
    EngineFixture engine = engine("interval.max=30s");
    engine.tick();
    assertThat(engine.report("loop0").interval()).isEqualTo(Duration.ofSeconds(30));

    host.read("loop0", file, 2 * MIB, 30 * MIB);
    engine.tickAfterSeconds(30); // 1 MiB a second, 32 MiB below the allowance

    DeviceReport report = engine.report("loop0");
    assertThat(report.fill().bytesPerSecond()).isEqualTo(MIB);
    assertThat(report.interval()).isEqualTo(Duration.ofMillis(25_600));
  }

  @Test
  void aStreamIsKeptWithinTheAllowance() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    EngineFixture engine = engine();
    engine.tick();
    long most = 0;
    for (long second = 0; second < 60; second++) {
      host.read("loop0", file, second * 10 * MIB, 10 * MIB);
      most = Math.max(most, file.residentBytes());
      engine.tickAfterSeconds(1);
    }

    assertThat(most).isLessThanOrEqualTo((64 + 10) * MIB);
    assertThat(engine.adviceCalls()).isBetween(5, 20);
  }

  @Test
  void aBusyDeviceTakesWhatTheIdleOnesDoNotHold() {
    FakeFile small = attach("loop0", 10 * MIB);
    FakeFile large = attach("loop1", 40 * MIB);
    FakeFile larger = attach("loop2", 50 * MIB);
    EngineFixture engine = engine();
    engine.tick();

    assertThat(small.residentBytes()).isEqualTo(10 * MIB);
    assertThat(large.residentBytes()).isZero();
    assertThat(larger.residentBytes()).isZero();

    host.count("loop1", MIB, 0); // the only one that is busy
    engine.tickAfterSeconds(5);

    assertThat(engine.report("loop1").allowanceBytes()).isEqualTo(64 * MIB - 10 * MIB);
  }

  @Test
  void longestWaitingDeviceIsServedFirstThenTheFullest() {
    FakeFile first = attach("loop0", 10 * MIB);
    FakeFile second = attach("loop1", 15 * MIB);
    EngineFixture engine = engine();
    engine.tick();
    host.read("loop0", first, 500 * MIB, 200 * MIB);
    host.read("loop1", second, 500 * MIB, 200 * MIB);

    engine.tickAfterSeconds(1);

    assertThat(engine.heard.swept)
        .extracting(SweepReport::device)
        .containsExactly("loop1", "loop0", "loop1", "loop0");
  }

  @Test
  void aDryRunSaysWhatItWouldDoAndAdvisesNothing() {
    FakeFile file = attach("loop0", 100 * MIB);
    EngineFixture engine = engine("dry-run=true");

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.adviceCalls()).isZero();
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(engine.report("loop0").reason())
        .isEqualTo(
            new Reason(
                Reason.Code.DRY_RUN, "dry run, would evict: 100 MiB resident, 64 MiB allowed"));
    assertThat(engine.engine.snapshot().dryRun()).isTrue();
    assertThat(engine.engine.snapshot().totals().evictions()).isZero();
  }

  @Test
  void aDryRunDoesNotLookAgainEachSecondAtWhatItWillNotEvict() {
    attach("loop0", 100 * MIB);
    EngineFixture engine = engine("dry-run=true");

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.heard.swept).hasSizeLessThan(12);
  }

  @Test
  void anExcludedDeviceIsLeftAloneAndTakesNoShare() {
    FakeFile file = attach("loop0", 100 * MIB);
    attach("loop1", 10 * MIB);
    EngineFixture engine = engine("devices.exclude=[\"loop0\"]");

    engine.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(engine.heard.sweepsOf("loop0")).isEmpty();
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.EXCLUDED);
    assertThat(engine.report("loop0").reason().words()).isEqualTo("excluded by \"loop0\"");
    assertThat(engine.report("loop1").allowanceBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void whilePausedNothingIsSweptAndPressureIsStillSeen() {
    attach("loop0", 100 * MIB);
    EngineFixture engine = engine();
    engine.engine.setPaused(true);
    engine.tick();
    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);

    assertThat(host.kernel().calls()).isEmpty();
    assertThat(engine.engine.snapshot().paused()).isTrue();
    assertThat(engine.engine.snapshot().pressure().level()).isEqualTo(1.0);
    assertThat(engine.engine.snapshot().devices()).hasSize(1);

    engine.engine.setPaused(false);
    engine.tickAfterSeconds(1);

    assertThat(engine.adviceCalls()).isEqualTo(1);
  }

  @Test
  void directIoWithNothingCachedBelowIsLeftAlone() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    host.setDirectIo("loop0", true);
    EngineFixture engine = engine();
    engine.tick();
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.DIRECT);
    host.kernel().forgetCalls();

    host.count("loop0", 500 * MIB, 500 * MIB); // none of it is cached below
    engine.tickAfterSeconds(1);

    assertThat(host.kernel().calls()).isEmpty();
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void directIoIsNotBelievedAgainstWhatIsMeasured() {
    FakeFile file = attach("loop0", 100 * MIB);
    host.setDirectIo("loop0", true);
    EngineFixture engine = engine();

    engine.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").reason().words()).contains("despite direct I/O");
  }

  @Test
  void directIoThatIsSwitchedOffIsNoticed() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    host.setDirectIo("loop0", true);
    host.count("loop0", MIB, 0);
    EngineFixture engine = engine();
    engine.tick();

    host.setDirectIo("loop0", false);
    host.read("loop0", file, 0, 100 * MIB);
    engine.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").device().saysDirectIo()).isFalse();
  }

  @Test
  void onlyThePartThatTheDeviceShowsIsMeasured() {
    FakeFile file = host.attach("loop0", IMAGE, 300 * MIB);
    SysFixture sys = host.sys();
    sys.set("loop0", "loop/offset", Long.toString(100 * MIB));
    sys.set("loop0", "size", Long.toString(50 * MIB / 512));
    file.read(0, 300 * MIB);
    EngineFixture engine = engine("budget.relaxed=1GiB");

    engine.tick();

    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isBetween(50 * MIB, 50 * MIB + 4096);
  }

  @Test
  void aDeviceThatGrewIsMeasuredAsAWhole() {
    FakeFile file = host.attach("loop0", IMAGE, 10 * MIB);
    host.read("loop0", file, 0, 10 * MIB);
    EngineFixture engine = engine("interval.max=2s");
    engine.tick();

    host.resize("loop0", file, 40 * MIB);
    host.read("loop0", file, 10 * MIB, 30 * MIB);
    engine.run(Duration.ofSeconds(20));

    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isEqualTo(40 * MIB);
    assertThat(engine.report("loop0").device().sizeBytes()).isEqualTo(40 * MIB);
  }

  @Test
  void pagesThatDoNotLeaveMakeItBackOff() {
    attachInUse();
    EngineFixture engine = engine();

    engine.run(Duration.ofMinutes(6));

    List<Duration> intervals = intervalsOf(engine, "loop0");
    assertThat(intervals.subList(0, 6))
        .extracting(Duration::toSeconds)
        .containsExactly(2L, 4L, 8L, 16L, 32L, 60L);
    assertThat(engine.heard.swept).hasSizeLessThan(13);
    assertThat(engine.report("loop0").reason().words())
        .endsWith("released 0 B, 100 MiB stayed (mapped, in use or new)");
  }

  @Test
  void aBackOffFromCalmTimesEndsWhenMemoryBecomesScarce() {
    FakeFile file = attachInUse();
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(6)); // by now it is looked at once a minute
    file.unmap();

    host.setAvailable(0.05);
    engine.tickAfterSeconds(5);

    assertThat(file.residentBytes()).isZero();
  }

  /** With 100 MiB that cannot be evicted, because a program has them mapped. */
  private FakeFile attachInUse() {
    FakeFile file = host.attach("loop0", IMAGE, 1L << 30);
    file.map(0, 100 * MIB);
    host.count("loop0", 100 * MIB, 0);
    return file;
  }

  /** The times between two sweeps. */
  private static List<Duration> intervalsOf(EngineFixture engine, String device) {
    List<Instant> sweeps =
        engine.heard.snapshots.stream()
            .flatMap(snapshot -> snapshot.devices().stream())
            .filter(report -> report.device().name().equals(device))
            .flatMap(report -> report.lastSweep().stream())
            .distinct()
            .toList();
    return IntStream.range(1, sweeps.size())
        .mapToObj(i -> Duration.between(sweeps.get(i - 1), sweeps.get(i)))
        .toList();
  }

  @Test
  void afterAQuietTimeBackingOffBeginsAtTheShortestInterval() {
    FakeFile file = attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(5));

    host.write("loop0", file, 0, 200 * MIB); // dirty: it cannot leave at once
    engine.run(Duration.ofSeconds(10));

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void whatComesBackIsCountedAndWhatIsWrittenIsNot() {
    FakeFile file = attach("loop0", 100 * MIB);
    EngineFixture engine = engine();
    engine.tick();
    assertThat(engine.report("loop0").totals().releasedBytes()).isEqualTo(100 * MIB);

    host.read("loop0", file, 0, 30 * MIB);
    engine.tickAfterSeconds(60);
    long returned = engine.report("loop0").totals().returnedBytes();
    assertThat(returned).isBetween(20 * MIB, 40 * MIB); // an estimate, from a sample

    host.write("loop0", file, 30 * MIB, 30 * MIB);
    engine.tickAfterSeconds(60);
    assertThat(engine.report("loop0").totals().returnedBytes())
        .isBetween(returned, returned + 10 * MIB);
  }

  @Test
  void noMoreCanReturnThanWasReleased() {
    FakeFile file = attach("loop0", 65 * MIB);
    EngineFixture engine = engine();
    engine.tick();
    engine.engine.apply(EngineFixture.settings("budget.relaxed=1GiB"));

    host.read("loop0", file, 0, 500 * MIB);
    engine.tickAfterSeconds(60);

    assertThat(engine.report("loop0").totals().returnedBytes()).isEqualTo(65 * MIB);
  }

  @Test
  void anOverridesBudgetIsACapForEachDeviceAlone() {
    FakeFile capped = attach("loop0", 30 * MIB);
    FakeFile free = attach("loop1", 30 * MIB);
    EngineFixture engine =
        engine("devices.overrides=[{match=loop0, budget.relaxed=20MiB, budget.pressed=4MiB}]");

    engine.tick();

    assertThat(engine.report("loop0").allowanceBytes()).isEqualTo(20 * MIB);
    assertThat(capped.residentBytes()).isZero();
    assertThat(free.residentBytes()).isEqualTo(30 * MIB);

    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop0").allowanceBytes()).isEqualTo(4 * MIB);
  }

  @Test
  void halfOfAnOverridesBudgetIsACapToo() {
    attach("loop0", 10 * MIB);
    attach("loop1", 10 * MIB);
    EngineFixture engine =
        engine(
            "devices.overrides=[{match=loop0, budget.relaxed=20MiB},"
                + " {match=loop1, budget.pressed=1MiB}]");

    engine.tick();
    assertThat(engine.report("loop0").allowanceBytes()).isEqualTo(20 * MIB);

    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);
    assertThat(engine.report("loop1").allowanceBytes()).isEqualTo(MIB);
  }

  @Test
  void newSettingsAreAppliedToDevicesThatAreKnown() {
    FakeFile file = attach("loop0", 60 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(2));

    engine.engine.apply(EngineFixture.settings("budget.relaxed=20MiB"));
    engine.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();

    engine.engine.apply(EngineFixture.settings("devices.include=[]"));
    host.read("loop0", file, 0, 100 * MIB);
    engine.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(engine.report("loop0").reason().words())
        .isEqualTo("matches no pattern of devices.include");

    engine.engine.apply(EngineFixture.settings());
    engine.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void aSweepThatWasAskedForHappensIdleOrNot() {
    attach("loop0", 10 * MIB);
    EngineFixture engine = engine();
    engine.run(Duration.ofMinutes(2));
    int before = engine.heard.swept.size();

    engine.engine.makeAllDue();
    engine.tickAfterSeconds(1);

    assertThat(engine.heard.swept).hasSize(before + 1);
  }

  @Test
  void totalsOutliveTheirDevice() {
    attach("loop0", 100 * MIB);
    EngineFixture engine = engine();
    engine.tick();

    host.detach("loop0");
    engine.tickAfterSeconds(30);

    assertThat(engine.heard.disappeared).containsExactly("loop0");
    assertThat(engine.engine.snapshot().devices()).isEmpty();
    assertThat(engine.engine.snapshot().residentBytes()).isZero();
    assertThat(engine.engine.snapshot().totals())
        .isEqualTo(new DeviceTotals(1, 1, 1, 100 * MIB, 0));
  }

  @Test
  void aNewDeviceIsFoundAtTheNextScanOrAtOnceIfAskedTo() {
    EngineFixture engine = engine();
    engine.tick();
    attach("loop0", MIB);
    engine.tickAfterSeconds(29);
    assertThat(engine.heard.appeared).isEmpty();
    engine.tickAfterSeconds(1);
    assertThat(engine.heard.appeared).hasSize(1);

    attach("loop10", MIB);
    attach("loop2", MIB);
    assertThat(engine.engine.requestRescan()).as("news").isTrue();
    assertThat(engine.engine.requestRescan()).as("news").isFalse();
    engine.tickAfterSeconds(1);

    assertThat(engine.engine.snapshot().devices())
        .extracting(report -> report.device().name())
        .containsExactly("loop0", "loop2", "loop10");
  }

  @Test
  void whatIsAttachedDuringAScanIsFoundByTheNextOneWhichComesSoon() {
    EngineFixture engine = engine();
    host.duringNextScan(
        () -> {
          attach("loop0", MIB);
          engine.engine.requestRescan();
        });

    engine.tick();
    assertThat(engine.heard.appeared).isEmpty();
    engine.tickAfterSeconds(1);

    assertThat(engine.heard.appeared).hasSize(1);
  }

  @Test
  void theFileIsNeverHeldOpenBetweenTwoTicks() {
    attach("loop0", 100 * MIB);
    EngineFixture engine = engine();
    host.kernel()
        .before("posix_fadvise", call -> assertThat(host.kernel().openDescriptors()).isEqualTo(1));

    engine.tick();

    assertThat(host.kernel().openDescriptors()).isZero();
    assertThat(engine.adviceCalls()).isEqualTo(1);
  }

  @Test
  void anEvictionThatWasCutShortGoesOnWhereItEnded() {
    FakeFile file = host.attach("loop0", IMAGE, 2L << 30);
    file.read(0, 2L << 30);
    host.count("loop0", MIB, 0);
    EngineFixture engine = engine();
    List<Long> offsets = new ArrayList<>();
    host.kernel()
        .before(
            "posix_fadvise",
            call -> {
              offsets.add(call.offset());
              host.clock().advance(Duration.ofMillis(300));
            });

    engine.tick();
    int reached = offsets.size();
    file.read(0, 128 * MIB); // the head fills again at once
    engine.tickAfterSeconds(1);

    assertThat(reached).isLessThan(16);
    assertThat(offsets.get(reached)).isEqualTo(reached * (128 * MIB));
  }

  @Test
  void noDeviceWaitsForeverWhileOthersTakeAllTheTime() {
    List<FakeFile> heavy = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      heavy.add(host.attach("loop" + i, IMAGE + i, 2L << 30));
    }
    attach("loop3", 50 * MIB);
    EngineFixture engine = engine();
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(1200)));

    for (int tick = 0; tick < 6 && engine.heard.sweepsOf("loop3").isEmpty(); tick++) {
      for (int i = 0; i < 3; i++) {
        host.read("loop" + i, heavy.get(i), 0, 2L << 30);
      }
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.heard.sweepsOf("loop3")).hasSize(1);
  }

  @Test
  void quickDeviceWaitsForOneRoundOfSlowOnes() {
    List<FakeFile> slow = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      slow.add(host.attach("loop" + i, IMAGE + i, 1L << 30));
    }
    FakeFile quick = attach("loop30", 50 * MIB);
    EngineFixture engine = engine();
    host.kernel().before("posix_fadvise", call -> host.clock().advance(adviceTakes(call)));
    tickWhileAllAreRead(engine, slow, 60); // each has had its turn

    for (int round = 0; round < 5; round++) {
      host.read("loop30", quick, 0, 50 * MIB);
      tickWhileAllAreRead(engine, slow, 8); // 30 calls of 100 ms with rests as long
      assertThat(quick.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
    }
    for (int i = 0; i < slow.size(); i++) {
      assertThat(engine.heard.sweepsOf("loop" + i)).as("loop" + i).hasSizeGreaterThan(1);
    }
  }

  @Test
  void manyDevicesThatTakeLongAllAtOnceAreCutShortWhileOthersWait() {
    List<FakeFile> surprising = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      surprising.add(host.attach("loop" + i, IMAGE + i, 16L << 30));
    }
    FakeFile quick = attach("loop30", 0);
    EngineFixture engine = engine("budget.relaxed=8MiB", "budget.pressed=8MiB");
    engine.tick(); // nothing is resident, so all are quick
    for (int i = 0; i < surprising.size(); i++) {
      for (int piece = 0; piece < 128; piece++) {
        host.read("loop" + i, surprising.get(i), piece * (128 * MIB), MIB);
      }
    }
    host.read("loop30", quick, 0, 50 * MIB);
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(1)));

    engine.tickAfterSeconds(1);
    engine.tickAfterSeconds(1);

    assertThat(quick.residentBytes()).isZero();
    assertThat(engine.heard.sweepsOf("loop0")).last().matches(EngineTest::isCutShort);

    engine.run(Duration.ofMinutes(1));

    assertThat(surprising).allMatch(file -> file.residentBytes() <= 8 * MIB);
  }

  private static boolean isCutShort(SweepReport sweep) {
    return sweep.eviction().orElseThrow().cutShort();
  }

  @Test
  void smallNewDeviceIsMeasuredBeforeLargeOnes() {
    for (int i = 0; i < 30; i++) {
      host.attach("loop" + i, IMAGE + i, 1L << 40);
    }
    FakeFile small = host.attach("loop30", IMAGE + 30, 64 * MIB);
    small.read(0, 50 * MIB);
    EngineFixture engine = engine();
    host.kernel().before("open_by_handle_at", call -> host.clock().advance(LONG_LOOK));

    engine.tick();

    assertThat(engine.heard.sweepsOf("loop30")).hasSize(1);
    assertThat(engine.heard.sweepsOf("loop29")).isEmpty();
  }

  @Test
  void devicesThatKeepComingDoNotGoBeforeThoseThatWait() {
    FakeFile waiting = attach("loop0", 0);
    EngineFixture engine = engine();
    engine.tick();
    host.kernel().before("open_by_handle_at", call -> host.clock().advance(Duration.ofMillis(300)));

    for (int tick = 0; tick < 10; tick++) {
      host.read("loop0", waiting, 0, 100 * MIB);
      for (int i = 0; i < 10; i++) {
        attach("loop" + (1 + 10 * tick + i), MIB);
      }
      engine.engine.requestRescan();
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.heard.sweepsOf("loop0")).hasSizeGreaterThan(2);
  }

  @Test
  void manyNewDevicesThatTakeLongDoNotHoldUpOneThatWasSweptBefore() {
    FakeFile before = attach("loop0", 50 * MIB);
    EngineFixture engine = engine("budget.relaxed=8MiB", "budget.pressed=8MiB");
    engine.tick();
    for (int i = 1; i <= 60; i++) {
      host.read("loop" + i, host.attach("loop" + i, IMAGE + i, 1L << 30), 0, 1L << 30);
    }
    host.kernel()
        .before("posix_fadvise", call -> host.clock().advance(adviceTakes(call).multipliedBy(5)));
    engine.tickAfterSeconds(10); // and finds them

    for (int round = 0; round < 3; round++) {
      host.read("loop0", before, (round + 1) * (100 * MIB), 50 * MIB);
      engine.tickAfterSeconds(1);
      engine.tickAfterSeconds(1);
      engine.tickAfterSeconds(1);
      assertThat(before.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
    }
    assertThat(engine.heard.sweepsOf("loop60")).isEmpty(); // they are having their first
  }

  private void tickWhileAllAreRead(EngineFixture engine, List<FakeFile> files, int ticks) {
    for (int tick = 0; tick < ticks; tick++) {
      for (int i = 0; i < files.size(); i++) {
        host.read("loop" + i, files.get(i), 0, 1L << 30);
      }
      engine.tickAfterSeconds(1);
    }
  }

  private static Duration adviceTakes(FakeKernel.Call call) {
    return Duration.ofMillis(call.length() > 64 * MIB ? 100 : 1);
  }

  @Test
  void whatTheFirstLookTookIsNoMeasureOfTheNext() {
    FakeFile file = attach("loop0", 100 * MIB);
    EngineFixture engine = engine();
    host.kernel().before("cachestat", call -> host.clock().advance(Duration.ofMillis(200)));
    engine.tick(); // proves cachestat, too

    host.kernel().before("cachestat", call -> {});
    host.read("loop0", file, 0, 100 * MIB);
    engine.tickAfterSeconds(1);

    assertThat(engine.heard.sweepsOf("loop0")).hasSize(2);
    assertThat(file.residentBytes()).isLessThanOrEqualTo(8 * MIB); // read ahead
  }

  @Test
  void theRestAfterASlowCallHoldsForAllDevices() {
    attach("loop0", 100 * MIB);
    attach("loop1", 100 * MIB);
    EngineFixture engine = engine();
    List<Long> starts = new ArrayList<>();
    host.kernel()
        .before(
            "posix_fadvise",
            call -> {
              starts.add(host.clock().nanos());
              host.clock().advance(Duration.ofMillis(100));
            });

    engine.tick();

    assertThat(starts).hasSize(2);
    assertThat(Duration.ofNanos(starts.get(1) - starts.get(0))).hasMillis(200);
    assertThat(engine.engine.snapshot().pacing())
        .isEqualTo(new Pacing.Totals(Duration.ofMillis(200), 2, Duration.ofMillis(200)));
  }

  @Test
  void onAnOldKernelWithoutCachestatDirectIoOrDiskseqItWorksTheSame() {
    FakeFile file = attach("loop0", 0);
    file.read(0, 100 * MIB);
    host.sys().without("loop0", "loop/dio", "diskseq");
    host.removeProc("pressure/memory");
    host.removeProc("pressure/io");
    host.writeProc("meminfo", "MemTotal: 1048576 kB\nMemFree: 524288 kB\n");
    host.kernel().fail("cachestat", Errno.ENOSYS);
    EngineFixture engine = engine();

    engine.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").probe()).contains("mincore");
    assertThat(engine.heard.problems).isEmpty();
    assertThat(host.kernel().calls("posix_fadvise"))
        .extracting(FakeKernel.Call::length)
        .containsExactly(100 * MIB);
  }
}
