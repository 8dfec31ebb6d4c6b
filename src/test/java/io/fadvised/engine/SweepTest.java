package io.fadvised.engine;

import static io.fadvised.engine.TestHost.GIB;
import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SweepTest {
  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void fileIsOpenDuringASweepOnly() {
    host.attachRead("loop0", 100 * MIB);
    host.start();
    host.kernel()
        .before("posix_fadvise", call -> assertThat(host.kernel().openDescriptors()).isEqualTo(1));

    host.tick();

    assertThat(host.kernel().openDescriptors()).isZero();
    assertThat(host.adviceCalls()).isEqualTo(1);
  }

  @Test
  void onlyThePartThatTheDeviceShowsIsMeasured() {
    FakeFile file = host.attach("loop0", "/srv/a.img", 300 * MIB);
    host.sys().set("loop0", "loop/offset", Long.toString(100 * MIB));
    host.setSize("loop0", 50 * MIB);
    file.read(0, 300 * MIB);
    host.start("budget.relaxed=1GiB");

    host.tick();

    assertThat(host.report("loop0").residency().orElseThrow().residentBytes())
        .isBetween(50 * MIB, 50 * MIB + 4096);
  }

  @Test
  void deviceThatGrewIsMeasuredAsAWhole() {
    FakeFile file = host.attach("loop0", "/srv/a.img", 10 * MIB);
    host.read("loop0", 0, 10 * MIB);
    host.start("interval.max=2s");
    host.tick();

    file.resize(40 * MIB);
    host.setSize("loop0", 40 * MIB);
    host.read("loop0", 10 * MIB, 30 * MIB);
    host.runSeconds(20);

    assertThat(host.report("loop0").residency().orElseThrow().residentBytes()).isEqualTo(40 * MIB);
    assertThat(host.report("loop0").device().sizeBytes()).isEqualTo(40 * MIB);
  }

  @Test
  void dryRunReportsWhatItWouldEvictAndAdvisesNothing() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.start("dry-run=true");

    host.run(Duration.ofMinutes(5));

    assertThat(host.adviceCalls()).isZero();
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.report("loop0").reason())
        .isEqualTo(
            new Reason(
                Reason.Code.DRY_RUN, "dry run, would evict: 100 MiB resident, 64 MiB allowed"));
    assertThat(host.snapshot().dryRun()).isTrue();
    assertThat(host.snapshot().totals().evictions()).isZero();
    assertThat(host.heard().swept).as("not every second").hasSizeLessThan(12);
  }

  @Test
  void pagesThatStayDoubleTheInterval() {
    mapInto("loop0");
    host.start();

    host.run(Duration.ofMinutes(6));

    assertThat(intervalsOf("loop0").subList(0, 6))
        .extracting(Duration::toSeconds)
        .containsExactly(2L, 4L, 8L, 16L, 32L, 60L);
    assertThat(host.heard().swept).hasSizeLessThan(13);
    assertThat(host.report("loop0").reason().words())
        .endsWith("released 0 B, 100 MiB stayed (mapped, in use or new)");
  }

  @Test
  void pagesThatStayedWhileMemoryWasAmpleAreTriedAgainWhenItBecomesShort() {
    FakeFile file = mapInto("loop0");
    host.start();
    host.run(Duration.ofMinutes(6)); // by now it is swept once a minute
    file.unmap();

    host.setAvailable(0.05);
    host.tickAfterSeconds(5);

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void dirtyPagesAfterACalmAreTriedAgainSoon() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.run(Duration.ofMinutes(5));

    host.write("loop0", 0, 200 * MIB); // they cannot leave at once
    host.runSeconds(10);

    assertThat(file.residentBytes()).isZero();
  }

  /** Attaches a device of which a program has 100 MiB mapped, so that they stay. */
  private FakeFile mapInto(String loop) {
    host.count(loop, 100 * MIB, 0);
    return host.attachRead(loop, 0).map(0, 100 * MIB);
  }

  /** Returns the times between two sweeps. */
  private List<Duration> intervalsOf(String device) {
    List<Instant> sweeps =
        host.heard().snapshots.stream()
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
  void restAfterASlowCallHoldsForAllDevices() {
    host.attachRead("loop0", 100 * MIB);
    host.attachRead("loop1", 100 * MIB);
    host.start();
    List<Long> starts = new ArrayList<>();
    host.kernel()
        .before(
            "posix_fadvise",
            call -> {
              starts.add(host.clock().nanos());
              host.clock().advance(Duration.ofMillis(100));
            });

    host.tick();

    assertThat(starts).hasSize(2);
    assertThat(Duration.ofNanos(starts.get(1) - starts.get(0))).hasMillis(200);
    assertThat(host.snapshot().pacing())
        .isEqualTo(new Pacing.Totals(Duration.ofMillis(200), 2, Duration.ofMillis(200)));
  }

  @Test
  void fileIsClosedDuringTheLongRestsOfAnEviction() {
    FakeFile file = host.attachRead("loop0", GIB); // eight calls
    host.start();
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(60)));
    List<Integer> openFiles = new ArrayList<>();
    host.atRests(() -> openFiles.add(host.kernel().openDescriptors()));

    host.runSeconds(2);

    assertThat(file.residentBytes()).isZero();
    assertThat(host.adviceCalls()).isEqualTo(8);
    assertThat(openFiles).hasSize(7).containsOnly(0);
  }

  @Test
  void evictionThatWasCutShortGoesOnWhereItEnded() {
    FakeFile file = host.attach("loop0", "/srv/a.img", 2 * GIB).read(0, 2 * GIB);
    host.count("loop0", MIB, 0);
    host.start();
    List<Long> offsets = new ArrayList<>();
    host.kernel()
        .before(
            "posix_fadvise",
            call -> {
              offsets.add(call.offset());
              host.clock().advance(Duration.ofMillis(300));
            });

    host.tick();
    int reached = offsets.size();
    file.read(0, 128 * MIB); // the head fills again at once
    host.tickAfterSeconds(1);

    assertThat(reached).isLessThan(16);
    assertThat(offsets.get(reached)).isEqualTo(reached * (128 * MIB));
  }

  @Test
  void deviceIsEvictedOnAnOldKernel() {
    FakeFile file = host.attachRead("loop0", 0).read(0, 100 * MIB);
    host.sys().without("loop0", "loop/dio", "diskseq");
    host.removeProc("pressure");
    host.writeProc("meminfo", "MemTotal: 1048576 kB\nMemFree: 524288 kB\n");
    host.kernel().fail("cachestat", Errno.ENOSYS);
    host.start();

    host.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").probe()).contains("mincore");
    assertThat(host.heard().problems).isEmpty();
    assertThat(host.kernel().calls("posix_fadvise"))
        .extracting(FakeKernel.Call::length)
        .containsExactly(100 * MIB);
  }
}
