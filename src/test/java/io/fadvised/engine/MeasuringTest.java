package io.fadvised.engine;

import static io.fadvised.engine.TestHost.GIB;
import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the time limits of mincore, at 1 µs for a call and 60 ns for a page. */
class MeasuringTest {
  @RegisterExtension final TestHost host = new TestHost();
  private long mincoreNanos;

  @BeforeEach
  void prepare() {
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

  /** Reads a little everywhere on each device, every second. */
  private void keepBusy(List<FakeFile> files, int seconds) {
    SplittableRandom random = new SplittableRandom(1);
    for (int second = 0; second < seconds; second++) {
      for (int i = 0; i < files.size(); i++) {
        host.read("loop" + i, random.nextLong(4 * GIB / MIB) * MIB, MIB);
      }
      host.run(Duration.ofSeconds(1));
    }
  }

  private long spentMillisPerSecond(int devices, int seconds) {
    List<FakeFile> files = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      files.add(attach("loop" + i, 200 * GIB));
    }
    keepBusy(files, 3);
    Duration before = host.snapshot().measuring();
    long start = host.clock().nanos();
    keepBusy(files, seconds);
    Duration spent = host.snapshot().measuring().minus(before);
    return 1000 * spent.toNanos() / (host.clock().nanos() - start);
  }

  @Test
  void largeDeviceIsEstimatedWithinItsSliceAndItsError() {
    FakeFile file = attach("loop0", 200 * GIB);
    file.read(50 * GIB, 10 * GIB);
    host.start("budget.relaxed=20GiB");

    host.tick();

    assertThat(mincoreNanos).isBetween(10_000_000L, 21_000_000L);
    Residency residency = host.report("loop0").residency().orElseThrow();
    assertThat(Math.abs(residency.residentBytes() - 10 * GIB))
        .isLessThanOrEqualTo(residency.errorBytes());
    assertThat(residency.unmeasuredBytes()).isBetween(199 * GIB, 200 * GIB);
    assertThat(host.snapshot().measuring()).isEqualTo(Duration.ofNanos(mincoreNanos));
  }

  @Test
  void measuringWithCachestatCountsAsNoTime() {
    host.kernel().mend("cachestat");
    FakeFile file = attach("loop0", GIB);
    file.read(0, 100 * MIB);
    host.start("interval.max=1s");
    host.tick(); // with the trial

    keepBusy(List.of(file), 5);

    assertThat(host.heard().sweepsOf("loop0")).hasSizeGreaterThan(3);
    assertThat(host.snapshot().measuring()).isZero();
  }

  @Test
  void allNewDevicesAreMeasuredInOneTickWithCachestat() {
    host.kernel().mend("cachestat");
    host.start("budget.relaxed=64GiB");
    for (int i = 0; i < 300; i++) {
      attach("loop" + i, GIB).read(0, MIB);
    }

    host.tick();

    assertThat(host.snapshot().devices()).allMatch(device -> device.lastSweep().isPresent());
  }

  @Test
  void oneBusyDeviceTakesAtMostTwoPercent() {
    host.start("interval.max=1s");

    assertThat(spentMillisPerSecond(1, 30)).isBetween(5L, 20L);
  }

  @Test
  void manyBusyDevicesTogetherTakeAtMostElevenPercent() {
    host.start("budget.relaxed=64GiB", "interval.max=1s");

    // and in these 10 s what had been saved in a second before
    assertThat(spentMillisPerSecond(30, 10)).isBetween(20L, 112L);
  }

  @Test
  void eachOfManyDevicesIsMeasured() {
    host.start("budget.relaxed=64GiB", "interval.max=1s");
    spentMillisPerSecond(150, 4);

    for (int i = 0; i < 150; i++) {
      assertThat(host.heard().sweepsOf("loop" + i)).as("loop" + i).isNotEmpty();
    }
  }

  @Test
  void deviceOverItsAllowanceByEstimateIsEvicted() {
    FakeFile file = attach("loop0", 200 * GIB);
    for (long at = 0; at < 200 * GIB; at += 4 * GIB) {
      file.read(at, 256 * MIB);
    }
    host.start();

    host.run(Duration.ofSeconds(10));

    assertThat(file.residentBytes()).isLessThan(64 * MIB);
    long released = host.report("loop0").totals().releasedBytes();
    assertThat(released).isBetween(10 * GIB, 16 * GIB); // of 12.5 GiB, estimated
  }

  @Test
  void onlyResidentRangesAreAdvisedByAnEstimate() {
    FakeFile file = attach("loop0", 64 * GIB);
    file.read(10 * GIB, 4 * GIB);
    host.kernel()
        .before(
            "posix_fadvise",
            call ->
                assertThat(call.offset() >= 10 * GIB && call.offset() + call.length() <= 14 * GIB)
                    .isTrue());
    host.start();

    host.run(Duration.ofSeconds(40));

    // the allowance, and the error of so short a measurement
    assertThat(file.residentBytes()).isLessThanOrEqualTo(256 * MIB);
  }

  @Test
  void estimateThatMovesIsNoGrowth() {
    FakeFile file = attach("loop0", 200 * GIB);
    file.read(50 * GIB, 10 * GIB);
    host.start("budget.relaxed=20GiB");
    for (int measurement = 0; measurement < 30; measurement++) {
      host.engine().makeAllDue();
      host.tickAfterSeconds(1);
    }

    assertThat(host.report("loop0").fill().bytesPerSecond()).isZero();
    assertThat(host.adviceCalls()).isZero();
  }
}
