package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FailuresTest {
  @RegisterExtension final TestHost host = new TestHost();

  private Reason.Code codeOf(String loop) {
    return host.report(loop).reason().code();
  }

  /** A file of 1 GiB on a filesystem without handles: only its path leads to it. */
  private FakeFile attachOnBtrfs() {
    FakeFile file = host.attach("loop0", "/btrfs/a.img", TestHost.GIB);
    host.read("loop0", 0, 100 * MIB);
    return file;
  }

  @Test
  void unreachableFileIsTriedOncePerMaxIntervalUntilItIsReached() {
    FakeFile file = attachOnBtrfs();
    host.kernel().unlink("/btrfs/a.img");
    host.start();

    host.run(Duration.ofMinutes(5));

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.UNREACHABLE);
    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(host.heard().swept).hasSizeBetween(5, 6);

    host.kernel().link(file, "/btrfs/a.img");
    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").foundBy()).contains("path");
  }

  @Test
  void deletedFileOnExt4IsEvicted() {
    FakeFile file = host.attachRead("loop0", 10 * MIB);
    host.start();
    host.tick();

    host.kernel().unlink("/srv/loop0.img");
    host.sys().set("loop0", "loop/backing_file", "/srv/loop0.img (deleted)");
    host.read("loop0", 0, 200 * MIB);
    host.runSeconds(30);

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").device().backingPath().text()).endsWith(" (deleted)");
    assertThat(host.heard().disappeared).isEmpty();
  }

  @Test
  void deviceOverABlockDeviceIsNotOpened() {
    FakeFile disk =
        host.kernel()
            .file("/dev/sdb", new FileIdentity(5, 9), FakeFile.Kind.BLOCK_DEVICE, TestHost.GIB);
    host.attach("loop0", "/dev/sdb", disk);
    host.count("loop0", 500 * MIB, 0);
    host.start();

    host.run(Duration.ofMinutes(3));

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.BLOCK_DEVICE);
    assertThat(host.kernel().calls("openLocated")).isEmpty();
  }

  @Test
  void userWhomMincoreDeceivesMeasuresNothing() {
    attachOnBtrfs().ownedBy(2000);
    host.kernel().runAs(FakeKernel.USER);
    host.start();

    host.run(Duration.ofMinutes(2));

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.UNMEASURABLE);
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.UNREACHABLE);
    assertThat(host.report("loop0").residency()).isEmpty();
    assertThat(host.adviceCalls()).isZero();
  }

  @Test
  void deviceThatMayNotBeOpenedIsNotPermitted() {
    host.attachRead("loop0", 100 * MIB);
    host.kernel().fail("openLoopDevice", Errno.EACCES);
    host.start();

    host.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.NOT_PERMITTED);
  }

  @Test
  void programErrorFailsTheSweepOfOneDevice() {
    host.attachRead("loop0", 100 * MIB);
    FakeFile good = host.attachRead("loop1", 100 * MIB);
    host.start();
    host.kernel()
        .beforeNext(
            "posix_fadvise",
            () -> {
              throw new IllegalStateException("a mistake");
            });

    host.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.FAILED);
    assertThat(good.residentBytes()).isZero();
  }

  @Test
  void failedMeasurementDisturbsNoOtherDeviceAndIsRetried() {
    FakeFile bad = host.attachRead("loop0", 100 * MIB);
    FakeFile good = host.attachRead("loop1", 100 * MIB);
    host.kernel().fail("cachestat", bad, Errno.EIO);
    host.kernel().fail("mincore", bad, Errno.EIO);
    host.start();

    host.tick();

    assertThat(good.residentBytes()).isZero();
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.FAILED);
    assertThat(host.report("loop0").reason().words())
        .isEqualTo("mincore: input/output error (EIO); tried again later");

    host.kernel().mend("cachestat");
    host.kernel().mend("mincore");
    host.run(Duration.ofMinutes(2));

    assertThat(bad.residentBytes()).isZero();
  }

  @Test
  void failedAdviceFailsTheSweep() {
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.kernel().fail("posix_fadvise", Errno.EINVAL);
    host.start();

    host.tick();

    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.FAILED);
    assertThat(file.residentBytes()).isEqualTo(100 * MIB);
    assertThat(host.snapshot().totals().evictions()).isZero();
  }

  @Test
  void largestOffsetDisturbsNoOtherDevice() {
    host.attachRead("loop0", 100 * MIB);
    host.sys().set("loop0", "loop/offset", Long.toString(Long.MAX_VALUE));
    FakeFile good = host.attachRead("loop1", 100 * MIB);
    host.start();

    host.tick();

    assertThat(good.residentBytes()).isZero();
    assertThat(codeOf("loop0")).isEqualTo(Reason.Code.NOTHING_TO_GAIN);
  }

  @Test
  void failingListenerDisturbsNoOther() {
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
    FakeFile file = host.attachRead("loop0", 100 * MIB);
    host.start(List.of(broken));

    host.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(host.heard().swept).hasSize(1);
    assertThat(host.heard().snapshots).hasSize(1);
  }
}
