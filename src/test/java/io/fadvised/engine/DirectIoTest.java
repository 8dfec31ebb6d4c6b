package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.directio.Fit;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.KernelException;
import io.fadvised.loop.RequestCounters;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirectIoTest {
  private static final int EINVAL = 22;
  private static final String ON = "losetup --direct-io=on /dev/loop0";

  @RegisterExtension final TestHost host = new TestHost();
  private FakeFile file;
  private long reads;
  private long readMillis;

  @BeforeEach
  void attach() {
    file = host.attachRead("loop0", 100 * MIB);
    host.directIo().diagnoses(Cause.SWITCHED_OFF, "direct I/O is off", ON);
  }

  @Test
  void reportModeReportsThatDirectIoIsAvailableOnce() {
    host.start();

    host.tick();
    host.tickAfterSeconds(1);

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O is available: " + ON);
    assertThat(host.heard().directIo).containsExactly("direct I/O is available: " + ON);
  }

  @Test
  void deviceWithoutACommandForItIsReportedWithTheCause() {
    host.directIo().diagnoses(Cause.SWITCHED_OFF, "direct I/O is off but available");
    host.start();

    host.tick();

    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O is off but available");
  }

  @Test
  void deviceThatSharedItsFileIsSwitchedOnOnceItIsAlone() {
    host.attach("loop1", "/srv/loop0.img", file);
    host.start("direct-io=ignore");
    host.tick();
    host.engine().apply(TestHost.settings("direct-io=enable"));
    host.tickAfterSeconds(1);
    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O is available: " + ON);

    host.detach("loop1");
    host.engine().requestRescan();
    doIo(MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  @Test
  void ignoreModeReportsNothing() {
    host.start("direct-io=ignore");

    host.tick();

    assertThat(host.report("loop0").directIo()).isEmpty();
    assertThat(host.heard().directIo).isEmpty();
  }

  @Test
  void enableModeSwitchesItOnAndEvictsWhatIsLeft() {
    host.start("direct-io=enable", "budget.relaxed=512MiB");

    host.tick();

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").reason().words())
        .contains("from before direct I/O was switched on");
  }

  @Test
  void leftOverPagesAreEvictedSoonWhileOthersWait() {
    host.read("loop0", 0, 400 * MIB);
    for (int i = 1; i <= 40; i++) {
      host.attachRead("loop" + i, 0);
    }
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(100)));
    host.start("direct-io=enable", "budget.relaxed=512MiB");

    host.run(Duration.ofSeconds(10));

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void deviceThatIsCachedDespiteDirectIoIsEvicted() {
    host.start("direct-io=enable", "budget.relaxed=8MiB");
    host.tick();

    doIo(40 * MIB, 40 * MIB);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(host.report("loop0").reason().words()).contains("despite direct I/O");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void deviceIsEvictedAndTheErrnoReportedIfTheKernelRejectsTheSwitch() {
    host.directIo().refuses(new KernelException("LOOP_SET_DIRECT_IO", EINVAL));
    host.start("direct-io=enable");

    host.tick();
    doIo(40 * MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").directIo())
        .contains("rejected: LOOP_SET_DIRECT_IO")
        .contains("(EINVAL)")
        .contains("evicted instead");
  }

  @Test
  void switchIsTriedAgainAfterTheSectorSizeChanged() {
    host.directIo().refuses(new KernelException("LOOP_SET_DIRECT_IO", EINVAL));
    host.start("direct-io=enable");
    host.tick();

    host.sys().set("loop0", "queue/logical_block_size", "4096");
    doIo(MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on", "loop0 on");
  }

  @Test
  void dryRunSwitchesNothing() {
    host.start("direct-io=enable", "dry-run=true");

    host.tick();

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).contains("is available");
  }

  @Test
  void deviceSwitchedOffByAnotherStaysOff() {
    host.start("direct-io=enable");
    host.tick();

    host.setDirectIo("loop0", false);
    doIo(40 * MIB, 0);
    doIo(40 * MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(host.report("loop0").directIo())
        .isEqualTo("direct I/O was switched off outside fadvised and stays off");
  }

  @Test
  void deviceSwitchedOnByAnotherIsNotReportedAnyMore() {
    host.start();
    host.tick();

    host.setDirectIo("loop0", true);
    host.directIo().diagnoses(Cause.DIRECT, "direct I/O is on");
    host.tickAfterSeconds(31); // the next scan

    assertThat(host.report("loop0").device().hasDirectIo()).isTrue();
    assertThat(host.report("loop0").directIo()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      names = {"SECTOR_SIZE", "CONTENTS", "OFFSET", "ALIGNMENT", "READS_ONLY", "FILESYSTEM"})
  void switchIsTriedOnlyWhereTheSectorsAreKnownToFit(Cause cause) {
    host.directIo().diagnoses(cause, "the reason");
    host.start("direct-io=enable");

    host.tick();

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).isEqualTo("the reason; evicted instead");
  }

  /** Does reads of 4 KiB that take this long in total, in a minute without memory pressure. */
  private void doReads(int count, long millis) {
    reads += count;
    readMillis += millis;
    host.directIo()
        .counts(new RequestCounters(reads, 4096 * reads, readMillis, 0, 0, 0, readMillis));
    doIo(4096L * count, 0);
  }

  /** Starts with a device that has done enough I/O to be switched on. */
  private void switchOnAfterAMinute() {
    host.directIo().counts(new RequestCounters(0, 0, 0, 0, 0, 0, 0));
    host.count("loop0", MIB, 0);
    host.start("direct-io=enable");
    host.tick();
    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).contains("after a minute with 1,000 requests");

    doReads(10_000, 1000);
    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    host.setDirectIo("loop0", true);
  }

  @Test
  void directIoThatMakesRequestsSlowerIsSwitchedOffOnce() {
    switchOnAfterAMinute();

    doReads(5000, 1000);
    host.setDirectIo("loop0", false);
    host.engine().apply(TestHost.settings("direct-io=enable"));
    doReads(10_000, 1000);
    doReads(10_000, 1000);

    assertThat(host.directIo().calls()).containsExactly("loop0 on", "loop0 off");
    assertThat(host.report("loop0").directIo())
        .isEqualTo(
            "direct I/O made requests slower (0.20 instead of 0.10 ms) and was switched off again"
                + " by fadvised; evicted instead");
    assertThat(host.heard().directIo).contains(host.report("loop0").directIo());
  }

  /** A rule of "cure --persist" does that at the next event of the device. */
  @Test
  void directIoThatWasSlowerStaysOnIfItIsSwitchedOnOutside() {
    switchOnAfterAMinute();
    doReads(5000, 1000);
    host.setDirectIo("loop0", false);
    doReads(10_000, 1000);

    host.setDirectIo("loop0", true);
    doReads(10_000, 1000);
    doReads(10_000, 1000);

    assertThat(host.directIo().calls()).containsExactly("loop0 on", "loop0 off");
    assertThat(host.report("loop0").directIo())
        .isEqualTo("direct I/O was switched on again outside fadvised and stays on");
  }

  @Test
  void directIoThatIsNotSlowerStaysOn() {
    switchOnAfterAMinute();

    doReads(10_000, 1200);
    doReads(10_000, 9000); // the trial is over

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O switched on by fadvised");
  }

  @Test
  void fewRequestsDoNotEndTheTrial() {
    switchOnAfterAMinute();

    doReads(900, 9000);
    assertThat(host.directIo().calls()).containsExactly("loop0 on");

    doReads(900, 9000);
    assertThat(host.directIo().calls()).containsExactly("loop0 on", "loop0 off");
  }

  @Test
  void deviceWithFewRequestsWaits() {
    host.directIo().counts(new RequestCounters(0, 0, 0, 0, 0, 0, 0));
    host.count("loop0", MIB, 0);
    host.start("direct-io=enable");
    host.tick();

    doReads(400, 40);
    doReads(400, 40);
    assertThat(host.directIo().calls()).isEmpty();

    doReads(400, 40);
    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  @Test
  void storageIsNotExaminedAgainWhileADeviceHasFewRequests() {
    host.directIo().counts(new RequestCounters(0, 0, 0, 0, 0, 0, 0));
    host.count("loop0", MIB, 0);
    host.start("direct-io=enable");

    host.runSeconds(600);

    assertThat(host.report("loop0").directIo()).contains("after a minute with 1,000 requests");
    assertThat(host.directIo().diagnoses()).isEqualTo(1);
  }

  @Test
  void deviceWhoseFirstSweepIsEndedEarlyIsSwitchedOnLater() {
    host.kernel()
        .before(
            "cachestat",
            call -> {
              if (host.directIo().calls().isEmpty()) {
                host.engine().devicesChanged(List.of("loop0"));
                host.kernel().before("cachestat", none -> {});
              }
            });
    host.start("direct-io=enable");
    host.tick();

    doIo(MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  @Test
  void deviceSwitchedOnAgainByAnotherIsNotReportedAsOff() {
    host.start("direct-io=enable");
    host.tick();
    host.setDirectIo("loop0", false);
    doIo(40 * MIB, 0);

    host.setDirectIo("loop0", true);
    host.directIo().diagnoses(Cause.DIRECT, "direct I/O is on");
    doIo(MIB, 0);
    assertThat(host.report("loop0").directIo())
        .isEqualTo("direct I/O was switched on again outside fadvised and stays on");

    host.setDirectIo("loop0", false);
    doIo(40 * MIB, 0);
    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(host.report("loop0").directIo())
        .isEqualTo("direct I/O was switched off outside fadvised and stays off");
  }

  @Test
  void deviceThatIsNotSwitchedOnTwiceIsNotReportedAsOn() {
    switchOnAfterAMinute();
    doReads(10_000, 1200); // the trial is over

    host.sys().set("loop0", "queue/logical_block_size", "4096");
    host.setDirectIo("loop0", false);
    doReads(10_000, 1200);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O is available: " + ON);
  }

  @Test
  void dryRunEndsTheFirstWindow() {
    host.directIo().counts(new RequestCounters(0, 0, 0, 0, 0, 0, 0));
    host.count("loop0", MIB, 0);
    host.start("direct-io=enable");
    host.tick();

    host.engine().apply(TestHost.settings("direct-io=enable", "dry-run=true"));
    host.tickAfterSeconds(1);

    assertThat(host.report("loop0").directIo()).isEqualTo("direct I/O is available: " + ON);
  }

  @Test
  void shortMemorySwitchesItOnAtOnce() {
    host.directIo().counts(new RequestCounters(0, 0, 0, 0, 0, 0, 0));
    host.count("loop0", MIB, 0);
    host.start("direct-io=enable");
    host.tick();
    assertThat(host.directIo().calls()).isEmpty();

    host.addRefaults(1_000_000);
    host.tickAfterSeconds(1);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  @Test
  void dirtyPagesAreWrittenSoonToSwitchItOn() {
    host.start("direct-io=ignore", "budget.relaxed=512MiB");
    host.tick(); // the next sweep is due in a minute
    host.write("loop0", 0, 100 * MIB);
    host.engine().apply(TestHost.settings("direct-io=enable", "budget.relaxed=512MiB"));

    host.tickAfterSeconds(1);
    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo()).contains("less than 64 MiB");
    assertThat(host.report("loop0").reason().words()).contains("to be written before");
    assertThat(file.dirtyBytes()).isZero();

    host.tickAfterSeconds(2);
    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  @Test
  void writingOfADeviceThatStaysDirtyIsGivenUp() {
    host.start("direct-io=enable", "budget.relaxed=512MiB");
    host.write("loop0", 0, 100 * MIB);
    host.tick();
    for (int i = 0; i < 200; i++) {
      host.write("loop0", 0, 100 * MIB);
      host.tickAfterSeconds(1);
    }

    assertThat(host.kernel().calls("posix_fadvise")).hasSizeBetween(2, 10);
    assertThat(host.report("loop0").reason().words()).contains("allowed");
  }

  @Test
  void newSettingsSwitchItOn() {
    host.start();
    host.tick();

    host.engine().apply(TestHost.settings("direct-io=enable"));
    host.tickAfterSeconds(1);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  /** Does I/O through the device that leaves some pages in the lower cache. */
  private void doIo(long bytes, long cachedBytes) {
    if (cachedBytes > 0) {
      file.read(500 * MIB, cachedBytes);
    }
    host.count("loop0", bytes, 0);
    host.tickAfterSeconds(61);
  }

  @Test
  void deviceWithDirectIoAndNothingCachedIsNotMeasuredForItsIo() {
    file.resize(0).resize(TestHost.GIB);
    host.setDirectIo("loop0", true);
    host.start();
    host.tick();
    assertThat(host.report("loop0").state()).isEqualTo(DeviceState.DIRECT);
    host.kernel().forgetCalls();

    host.count("loop0", 500 * MIB, 500 * MIB); // none of it is in the lower cache
    host.tickAfterSeconds(1);

    assertThat(host.kernel().calls()).isEmpty();
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void deviceThatIsCachedAlthoughDirectIoIsOnIsEvicted() {
    host.directIo().diagnoses(Cause.DIRECT_BUT_CACHED, "100 MiB of the backing file is cached");
    host.setDirectIo("loop0", true);
    host.start();

    host.tick();

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").reason().words()).contains("despite direct I/O");
    assertThat(host.report("loop0").directIo())
        .isEqualTo("the file is cached: run \"fadvised doctor\"");
  }

  @Test
  void deviceIsEvictedAgainAfterDirectIoIsSwitchedOff() {
    host.setDirectIo("loop0", true);
    host.start();
    host.tick();

    host.setDirectIo("loop0", false);
    host.read("loop0", 0, 100 * MIB);
    host.run(Duration.ofMinutes(2));

    assertThat(file.residentBytes()).isZero();
    assertThat(host.report("loop0").device().hasDirectIo()).isFalse();
  }

  private static final RequestCounters NO_REQUESTS = new RequestCounters(0, 0, 0, 0, 0, 0, 0);

  /** Starts, then attaches loop1, whose sectors are too small. */
  private void attachWithSmallSectors(String... sets) {
    host.setDirectIo("loop0", true);
    host.directIo().diagnoses(Cause.SECTOR_SIZE, "the sectors are too small");
    host.directIo().counts(NO_REQUESTS);
    host.start(sets);
    host.tick();
    host.attach("loop1", "/srv/new.img", TestHost.GIB);
    host.engine().devicesChanged(List.of("loop1"));
    host.tickAfterSeconds(1);
  }

  @Test
  void deviceJustAttachedGetsTheSectorsItNeeds() {
    host.directIo().fits(Fit.State.DONE, 4096, "sectors set");

    attachWithSmallSectors("direct-io=enable");
    host.runSeconds(6);

    assertThat(host.report("loop1").device().logicalBlockBytes()).isEqualTo(4096);
    assertThat(host.report("loop1").device().hasDirectIo()).isTrue();
    assertThat(host.report("loop1").directIo()).isEqualTo("sectors set");
    assertThat(host.directIo().calls()).startsWith("loop1 fit", "loop1 check");
    assertThat(host.directIo().calls()).doesNotContain("loop1 on");
  }

  @Test
  void deviceAttachedBeforeTheStartKeepsItsSectors() {
    host.directIo().diagnoses(Cause.SECTOR_SIZE, "the sectors are too small");
    host.directIo().fits(Fit.State.DONE, 4096, "sectors set");
    host.start("direct-io=enable");

    host.runSeconds(100);

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop0").directIo())
        .isEqualTo("the sectors are too small; evicted instead");
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct-io=report", "direct-io=ignore"})
  void otherModesKeepTheSectors(String mode) {
    attachWithSmallSectors(mode);
    host.runSeconds(100);

    assertThat(host.directIo().calls()).isEmpty();
  }

  @Test
  void deviceInUseIsTriedEachSecondForAMinute() {
    host.directIo().fits(Fit.State.LATER, 512, "not set yet");

    attachWithSmallSectors("direct-io=enable");
    assertThat(host.report("loop1").directIo()).isEqualTo("not set yet");
    host.runSeconds(300);

    assertThat(host.directIo().calls()).hasSizeBetween(50, 61);
    assertThat(host.report("loop1").directIo())
        .isEqualTo("the sectors are too small; evicted instead");
    assertThat(host.directIo().diagnoses()).isEqualTo(3); // loop0, and loop1 at both ends
  }

  @Test
  void deviceIsIdleAfterFiveSecondsWithoutRequests() {
    host.directIo().fits(Fit.State.LATER, 512, "not set yet");
    attachWithSmallSectors("direct-io=enable");

    host.runSeconds(3);
    host.directIo().counts(new RequestCounters(1, 4096, 1, 0, 0, 0, 1));
    host.runSeconds(4);
    assertThat(host.directIo().calls()).doesNotContain("loop1 fit idle");

    host.runSeconds(3);
    assertThat(host.directIo().calls()).contains("loop1 fit idle");
  }

  @Test
  void contentsThatDoNotAllowTheSectorsAreReportedOnce() {
    host.directIo().fits(Fit.State.NEVER, 512, "ext4 supports at most 1024");

    attachWithSmallSectors("direct-io=enable");
    host.runSeconds(100);

    assertThat(host.directIo().calls()).containsExactly("loop1 fit");
    assertThat(host.report("loop1").directIo())
        .isEqualTo("ext4 supports at most 1024; evicted instead");
  }

  @Test
  void dryRunReportsTheSectorsItWouldSet() {
    host.directIo().fits(Fit.State.POSSIBLE, 512, "dry run, would set");

    attachWithSmallSectors("direct-io=enable", "dry-run=true");
    host.runSeconds(100);

    assertThat(host.directIo().calls()).containsExactly("loop1 fit dry");
    assertThat(host.report("loop1").directIo()).isEqualTo("dry run, would set");
  }

  @Test
  void sectorsThatAreSetBackStayThatWay() {
    host.directIo().fits(Fit.State.DONE, 4096, "sectors set");
    attachWithSmallSectors("direct-io=enable");

    host.directIo().checks(Fit.State.NEVER, 512, "sectors set back");
    host.runSeconds(10);

    assertThat(host.directIo().calls()).containsExactly("loop1 fit", "loop1 check");
    assertThat(host.report("loop1").device().logicalBlockBytes()).isEqualTo(512);
    assertThat(host.report("loop1").directIo()).isEqualTo("sectors set back; evicted instead");
  }

  @Test
  void checksOfTheContentsEndAfterTenMinutes() {
    host.directIo().fits(Fit.State.DONE, 4096, "sectors set");
    attachWithSmallSectors("direct-io=enable");

    host.run(Duration.ofMinutes(11));
    host.directIo().calls().clear();
    host.run(Duration.ofMinutes(5));

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(host.report("loop1").directIo()).isEqualTo("sectors set");
  }

  @Test
  void errorOfTheKernelIsReportedOnce() {
    host.directIo().refuses(new KernelException("LOOP_SET_BLOCK_SIZE", EINVAL));

    attachWithSmallSectors("direct-io=enable");
    host.runSeconds(100);

    assertThat(host.directIo().calls()).containsExactly("loop1 fit");
    assertThat(host.report("loop1").directIo())
        .contains("rejected: LOOP_SET_BLOCK_SIZE")
        .contains("evicted instead");
  }
}
