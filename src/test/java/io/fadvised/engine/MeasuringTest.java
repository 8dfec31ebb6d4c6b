package io.fadvised.engine;

import static io.fadvised.engine.EngineFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.pagecache.Residency;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What measuring costs where there is only mincore: 1 µs for a call and 60 ns for a page. */
class MeasuringTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path folder;
  private FixtureHost host;
  private long mincoreNanos;

  @BeforeEach
  void prepare() {
    host = new FixtureHost(folder);
    host.kernel().fail("cachestat", Errno.ENOSYS);
    host.kernel()
        .before(
            "mincore",
            call -> {
              long nanos = 1000 + call.length() / 4096 * 60;
              mincoreNanos += nanos;
              host.clock().advance(Duration.ofNanos(nanos));
            });
  }

  private FakeFile attach(String loop, long sizeBytes) {
    FakeFile file = host.attach(loop, "/srv/" + loop + ".img", sizeBytes);
    host.count(loop, MIB, 0);
    return file;
  }

  /** Each device reads a little, everywhere, every second. */
  private void keepBusy(EngineFixture engine, List<FakeFile> files, int seconds) {
    SplittableRandom random = new SplittableRandom(1);
    for (int second = 0; second < seconds; second++) {
      for (int i = 0; i < files.size(); i++) {
        host.read("loop" + i, files.get(i), random.nextLong(4 * GIB / MIB) * MIB, MIB);
      }
      engine.run(Duration.ofSeconds(1));
    }
  }

  private long spentMillisPerSecond(EngineFixture engine, int devices, int seconds) {
    List<FakeFile> files = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      files.add(attach("loop" + i, 200 * GIB));
    }
    keepBusy(engine, files, 3);
    Duration before = engine.engine.snapshot().measuring();
    long start = host.clock().nanos();
    keepBusy(engine, files, seconds);
    Duration spent = engine.engine.snapshot().measuring().minus(before);
    return 1000 * spent.toNanos() / (host.clock().nanos() - start);
  }

  @Test
  void aLargeDeviceIsMeasuredInItsTimeAndTheEstimateIsReportedWithItsError() {
    FakeFile file = attach("loop0", 200 * GIB);
    file.read(50 * GIB, 10 * GIB);
    EngineFixture engine = new EngineFixture(host, "budget.relaxed=20GiB");

    engine.tick();

    assertThat(mincoreNanos).isBetween(10_000_000L, 21_000_000L);
    Residency residency = engine.report("loop0").residency().orElseThrow();
    assertThat(Math.abs(residency.residentBytes() - 10 * GIB))
        .isLessThanOrEqualTo(residency.errorBytes());
    assertThat(residency.unmeasuredBytes()).isBetween(199 * GIB, 200 * GIB);
    assertThat(engine.engine.snapshot().measuring()).isEqualTo(Duration.ofNanos(mincoreNanos));
  }

  @Test
  void whereCachestatIsProvenLooksTakeNoTimeFromOthers() {
    host.kernel().mend("cachestat");
    FakeFile file = attach("loop0", GIB);
    file.read(0, 100 * MIB);
    EngineFixture engine = new EngineFixture(host, "interval.max=1s");
    engine.tick(); // with the trial

    keepBusy(engine, List.of(file), 5);

    assertThat(engine.heard.sweepsOf("loop0")).hasSizeGreaterThan(3);
    assertThat(engine.engine.snapshot().measuring()).isZero();
  }

  @Test
  void aNewDeviceDoesNotWaitUntilItHasEarnedItsFirstLook() {
    host.kernel().mend("cachestat");
    EngineFixture engine = new EngineFixture(host, "budget.relaxed=64GiB");
    for (int i = 0; i < 300; i++) {
      attach("loop" + i, GIB).read(0, MIB);
    }

    engine.tick();

    assertThat(engine.engine.snapshot().devices())
        .allMatch(device -> device.lastSweep().isPresent());
  }

  @Test
  void oneBusyDeviceTakesWhatOneMayTake() {
    EngineFixture engine = new EngineFixture(host, "interval.max=1s");

    assertThat(spentMillisPerSecond(engine, 1, 30)).isBetween(5L, 20L);
  }

  @Test
  void manyBusyDevicesTogetherTakeWhatTheHostMayTake() {
    EngineFixture engine = new EngineFixture(host, "budget.relaxed=64GiB", "interval.max=1s");

    // and in these 10 s what had been saved in a second before
    assertThat(spentMillisPerSecond(engine, 30, 10)).isBetween(20L, 112L);
  }

  @Test
  void eachOfManyIsLookedAtInItsTurn() {
    EngineFixture engine = new EngineFixture(host, "budget.relaxed=64GiB", "interval.max=1s");
    spentMillisPerSecond(engine, 150, 4);

    for (int i = 0; i < 150; i++) {
      assertThat(engine.heard.sweepsOf("loop" + i)).as("loop" + i).isNotEmpty();
    }
  }

  @Test
  void whatIsOverTheAllowanceIsEvictedThoughItIsOnlyEstimated() {
    FakeFile file = attach("loop0", 200 * GIB);
    for (long at = 0; at < 200 * GIB; at += 4 * GIB) {
      file.read(at, 256 * MIB);
    }
    EngineFixture engine = new EngineFixture(host);

    engine.run(Duration.ofSeconds(10));

    assertThat(file.residentBytes()).isLessThan(64 * MIB);
    long released = engine.report("loop0").totals().releasedBytes();
    assertThat(released).isBetween(10 * GIB, 16 * GIB); // of 12.5 GiB, estimated
  }

  @Test
  void onAnOldKernelItIsEvictedPieceByPieceAndNothingElseIsAdvised() {
    FakeFile file = attach("loop0", 64 * GIB);
    file.read(10 * GIB, 4 * GIB);
    host.kernel()
        .before(
            "posix_fadvise",
            call ->
                assertThat(call.offset() >= 10 * GIB && call.offset() + call.length() <= 14 * GIB)
                    .isTrue());
    EngineFixture engine = new EngineFixture(host);

    engine.run(Duration.ofSeconds(40));

    // the allowance and what so short a look cannot tell from nothing
    assertThat(file.residentBytes()).isLessThanOrEqualTo(256 * MIB);
  }

  @Test
  void anEstimateThatMovesIsNotTakenForGrowth() {
    FakeFile file = attach("loop0", 200 * GIB);
    file.read(50 * GIB, 10 * GIB);
    EngineFixture engine = new EngineFixture(host, "budget.relaxed=20GiB");
    for (int look = 0; look < 30; look++) {
      engine.engine.makeAllDue();
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.report("loop0").fill().bytesPerSecond()).isZero();
    assertThat(engine.adviceCalls()).isZero();
  }
}
