package io.fadvised.engine;

import static io.fadvised.engine.EngineFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.LoopScan;
import io.fadvised.policy.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does when devices, files or the host do not behave. */
class EngineTroubleTest {
  @TempDir private Path folder;
  private FixtureHost host;
  private EngineFixture engine;

  @BeforeEach
  void prepare() {
    host = new FixtureHost(folder);
    engine = new EngineFixture(host);
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(host.kernel().openDescriptors()).isZero();
  }

  private FakeFile attach(String loop, long residentBytes) {
    FakeFile file = host.attach(loop, pathOf(loop), 1L << 30);
    host.read(loop, file, 0, residentBytes);
    return file;
  }

  private static String pathOf(String loop) {
    return "/srv/" + loop + ".img";
  }

  /** A file on btrfs, which has no handles: only its path leads to it. */
  private FakeFile attachOnBtrfs(String loop, long residentBytes) {
    FakeFile file =
        host.kernel().file(pathOf(loop), new FileIdentity(FixtureHost.BTRFS, 300), 1L << 30);
    host.attach(loop, pathOf(loop), file);
    host.read(loop, file, 0, residentBytes);
    return file;
  }

  private Reason.Code codeOf(String loop) {
    return engine.report(loop).reason().code();
  }

  @Test
  void aFileOutOfReachIsLeftAloneUntilItCanBeReached() {
    FakeFile file = attachOnBtrfs("loop0", 100 * MIB);
    host.kernel().unlink(pathOf("loop0"));

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.UNREACHABLE);
    assertThat(engine.report("loop0").residency()).isEmpty();

    host.kernel().link(file, pathOf("loop0"));
    engine.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").foundBy()).contains("path");
  }

  @Test
  void aFileOutOfReachIsTriedOnlyAtTheLongestInterval() {
    attachOnBtrfs("loop0", 100 * MIB);
    host.kernel().unlink(pathOf("loop0"));

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.heard.swept).hasSizeBetween(5, 6);
  }

  @Test
  void aDeletedFileOnExtIsEvictedAllTheSame() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.tick();

    host.kernel().unlink(pathOf("loop0"));
    host.sys().set("loop0", "loop/backing_file", pathOf("loop0") + " (deleted)");
    host.read("loop0", file, 0, 200 * MIB);
    engine.run(Duration.ofSeconds(30));

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").device().backingPath().text()).endsWith(" (deleted)");
    assertThat(engine.heard.disappeared).isEmpty();
  }

  @Test
  void aRenamedFileFallsUnderThePatternsOfItsNewName() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.engine.apply(EngineFixture.settings("devices.exclude=[\"/keep/**\"]"));
    engine.tick();

    host.sys().set("loop0", "loop/backing_file", "/keep/a.img");
    host.read("loop0", file, 0, 200 * MIB);
    engine.run(Duration.ofSeconds(30));

    assertThat(file.residentBytes()).isEqualTo(200 * MIB);
    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.EXCLUDED);
    assertThat(engine.report("loop0").totals().sweeps()).isEqualTo(1);
  }

  @Test
  void anOffsetThatMovedWhileAttachedIsTakenOver() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.tick();

    host.sys().set("loop0", "loop/offset", Long.toString(MIB));
    host.read("loop0", file, 0, 200 * MIB);
    engine.run(Duration.ofSeconds(30));

    assertThat(engine.report("loop0").device().offsetBytes()).isEqualTo(MIB);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void aBlockDeviceBelowIsLeftAlone() {
    FakeFile disk =
        host.kernel()
            .file("/dev/sdb", new FileIdentity(5, 9), FakeFile.Kind.BLOCK_DEVICE, 1L << 30);
    host.attach("loop0", "/dev/sdb", disk);
    host.count("loop0", 500 * MIB, 0);

    engine.run(Duration.ofMinutes(3));

    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.BLOCK_DEVICE);
    assertThat(host.kernel().calls("openLocated")).isEmpty();
  }

  @Test
  void whoIsNotToldTheTruthMeasuresNothing() {
    attachOnBtrfs("loop0", 100 * MIB).ownedBy(2000);
    host.kernel().runAs(FakeKernel.USER);

    engine.run(Duration.ofMinutes(2));

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.UNMEASURABLE);
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.UNREACHABLE);
    assertThat(engine.report("loop0").residency()).isEmpty();
    assertThat(engine.adviceCalls()).isZero();
  }

  @Test
  void whoMayNotAskTheDeviceIsToldSo() {
    attach("loop0", 100 * MIB);
    host.kernel().fail("openLoopDevice", Errno.EACCES);

    engine.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.NOT_PERMITTED);
  }

  @Test
  void attachedToAnotherFileInTheMiddleOfASweepTheResultIsDiscarded() {
    FakeFile old = attach("loop0", 100 * MIB);
    FakeFile other = host.file("/srv/other.img", 1L << 30).read(0, 20 * MIB);
    host.kernel().beforeNext("posix_fadvise", () -> host.attach("loop0", "/srv/other.img", other));

    Duration next = engine.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.CHANGED);
    assertThat(engine.report("loop0").residency()).isEmpty();
    assertThat(engine.heard.lastSweep().eviction()).isEmpty();
    assertThat(engine.engine.snapshot().totals().releasedBytes()).isZero();
    assertThat(old.residentBytes()).isZero();
    assertThat(next).isLessThan(Duration.ofSeconds(1)); // to scan soon

    engine.tickAfter(next);

    assertThat(engine.heard.disappeared).containsExactly("loop0");
    assertThat(engine.report("loop0").device().backingPath().text()).isEqualTo("/srv/other.img");
    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isEqualTo(20 * MIB);
  }

  @Test
  void withoutDiskseqTheIdentityOfTheFileTellsThatItWasAttachedAnew() {
    attach("loop0", 100 * MIB);
    host.sys().without("loop0", "diskseq");
    FakeFile other = host.file("/srv/new", 1L << 30).read(0, 20 * MIB);
    host.kernel()
        .beforeNext(
            "posix_fadvise",
            () -> {
              host.kernel().link(other, pathOf("loop0"));
              host.kernel().attach("loop0", other);
            });

    engine.tick();
    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.CHANGED);

    engine.run(Duration.ofSeconds(5));
    assertThat(engine.report("loop0").residency().orElseThrow().residentBytes())
        .isEqualTo(20 * MIB);
  }

  @Test
  void detachedInTheMiddleOfASweepItIsGone() {
    attach("loop0", 100 * MIB);
    host.kernel().beforeNext("posix_fadvise", () -> host.detach("loop0"));

    Duration next = engine.tick();
    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.CHANGED);

    engine.tickAfter(next);
    assertThat(engine.engine.snapshot().devices()).isEmpty();
    assertThat(engine.heard.disappeared).containsExactly("loop0");
  }

  @Test
  void detachedBeforeASweepItIsNotTouched() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.tick();
    file.read(0, 100 * MIB);
    host.count("loop0", 100 * MIB, 0);
    host.detach("loop0");

    engine.run(Duration.ofSeconds(5));

    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(engine.engine.snapshot().devices()).isEmpty();
  }

  @Test
  void aDetachThatSysfsDoesNotShowYetDoesNotMakeItSpin() {
    attach("loop0", 100 * MIB);
    host.kernel().detach("loop0"); // ENXIO, while the attributes are still there

    engine.run(Duration.ofSeconds(20));

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.CHANGED);
  }

  @Test
  void anErrorOfTheProgramIsAFailedSweepOfThatDeviceAlone() {
    attach("loop0", 100 * MIB);
    FakeFile good = attach("loop1", 100 * MIB);
    host.kernel()
        .beforeNext(
            "posix_fadvise",
            () -> {
              throw new IllegalStateException("a mistake");
            });

    engine.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.FAILED);
    assertThat(good.residentBytes()).isZero();
  }

  @Test
  void oneFailingDeviceDoesNotDisturbAnother() {
    FakeFile bad = attach("loop0", 100 * MIB);
    FakeFile good = attach("loop1", 100 * MIB);
    host.kernel().fail("cachestat", bad, Errno.EIO);
    host.kernel().fail("mincore", bad, Errno.EIO);

    engine.tick();

    assertThat(good.residentBytes()).isZero();
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.FAILED);
    assertThat(engine.report("loop0").reason().words())
        .isEqualTo("mincore: input/output error (EIO); tried again later");

    host.kernel().mend("cachestat");
    host.kernel().mend("mincore");
    engine.run(Duration.ofMinutes(2));

    assertThat(bad.residentBytes()).isZero();
  }

  @Test
  void aDeviceThatBeginsAtTheEndOfTheLargestFileDisturbsNobody() {
    attach("loop0", 100 * MIB);
    host.sys().set("loop0", "loop/offset", Long.toString(Long.MAX_VALUE));
    FakeFile good = attach("loop1", 100 * MIB);

    engine.tick();

    assertThat(good.residentBytes()).isZero();
    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.NOTHING_TO_GAIN);
  }

  @Test
  void anAdviceThatFailsIsAFailedSweep() {
    FakeFile file = attach("loop0", 100 * MIB);
    host.kernel().fail("posix_fadvise", Errno.EINVAL);

    engine.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.FAILED);
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(engine.engine.snapshot().totals().evictions()).isZero();
  }

  @Test
  void aDeviceWhoseAttributesCannotBeReadAnyMoreIsListedAndDoesNotMakeItSpin() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.tick();
    host.sys().makeUnreadable("loop0", "size");
    host.read("loop0", file, 0, 200 * MIB);

    engine.run(Duration.ofMinutes(3)); // throws if it spins

    assertThat(engine.engine.snapshot().unreadable())
        .extracting(LoopScan.Problem::device)
        .containsExactly("loop0");
    assertThat(engine.heard.problems)
        .first()
        .asString()
        .startsWith("loop0: cannot read its sysfs entry");
    assertThat(file.residentBytes()).isEqualTo(200 * MIB);
  }

  @Test
  void aMalformedDeviceIsListedAsUnreadableAndToldOnce() {
    attach("loop0", 10 * MIB);
    host.sys().set("loop0", "loop/offset", "rubbish");
    FakeFile good = attach("loop1", 100 * MIB);

    engine.run(Duration.ofMinutes(2));

    assertThat(good.residentBytes()).isZero();
    assertThat(engine.engine.snapshot().unreadable())
        .containsExactly(
            new LoopScan.Problem(
                "loop0", "sysfs entry unreadable: loop0/loop/offset holds \"rubbish\""));
    assertThat(engine.heard.problems)
        .containsExactly(
            "loop0: sysfs entry unreadable: loop0/loop/offset holds \"rubbish\", left alone");

    host.sys().set("loop0", "loop/offset", "0");
    engine.run(Duration.ofSeconds(31));

    assertThat(engine.engine.snapshot().unreadable()).isEmpty();
    assertThat(engine.engine.snapshot().devices()).hasSize(2);
  }

  @Test
  void aKnownDeviceThatCannotBeReadIsNotGone() {
    attach("loop0", 10 * MIB);
    engine.tick();
    host.sys().set("loop0", "diskseq", "rubbish");

    engine.run(Duration.ofSeconds(35));

    assertThat(engine.heard.disappeared).isEmpty();
    assertThat(engine.engine.snapshot().devices()).hasSize(1);
    assertThat(engine.engine.snapshot().unreadable()).hasSize(1);
  }

  @Test
  void withoutSysfsTheKnownDevicesAreKept() {
    FakeFile file = attach("loop0", 10 * MIB);
    engine.tick();
    host.sys().unmount();

    engine.tickAfterSeconds(30);

    assertThat(engine.heard.problems).anyMatch(text -> text.startsWith("cannot list loop devices"));
    assertThat(engine.engine.snapshot().devices()).hasSize(1);
    assertThat(file.residentBytes()).isEqualTo(10 * MIB);
  }

  @Test
  void pressureThatCannotBeReadKeepsItsLastValue() {
    attach("loop0", 10 * MIB);
    engine.tick();
    host.setAvailable(0.05);
    engine.tickAfterSeconds(1);
    host.removeProc("vmstat");

    engine.tickAfterSeconds(60);

    assertThat(engine.engine.snapshot().pressure().level()).isEqualTo(1.0);
    assertThat(engine.heard.problems).anyMatch(text -> text.startsWith("memory pressure unread"));
  }

  @Test
  void untilTheHostsMemoryIsKnownNothingIsEvicted() {
    host.removeProc("meminfo");
    FakeFile file = attach("loop0", 100 * MIB);
    engine = new EngineFixture(host, "budget.relaxed=20%", "budget.pressed=1%");

    engine.run(Duration.ofSeconds(10));
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);

    host.writePressure();
    engine.run(Duration.ofSeconds(5));
    assertThat(engine.report("loop0").reason().code()).isEqualTo(Reason.Code.WITHIN_ALLOWANCE);
  }

  @Test
  void withoutCountersEveryDeviceCountsAsBusy() {
    attach("loop0", 10 * MIB);
    engine.run(Duration.ofMinutes(2));
    int before = engine.heard.swept.size();
    host.removeProc("diskstats");

    engine.run(Duration.ofMinutes(5));

    assertThat(engine.heard.swept.size()).isGreaterThanOrEqualTo(before + 4);
    assertThat(engine.heard.problems).anyMatch(text -> text.startsWith("I/O counters unreadable"));
  }

  @Test
  void aListenerThatThrowsCostsNothingElse() {
    EngineListener broken =
        new EngineListener() {
          @Override
          public void swept(SweepReport sweep) {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public void ticked(EngineSnapshot snapshot) {
            throw new IllegalStateException("on purpose");
          }
        };
    FakeFile file = attach("loop0", 100 * MIB);
    engine = new EngineFixture(host, List.of(broken));

    engine.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(engine.heard.swept).hasSize(1);
    assertThat(engine.heard.snapshots).hasSize(1);
  }
}
