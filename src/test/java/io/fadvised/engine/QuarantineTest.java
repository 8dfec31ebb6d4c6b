package io.fadvised.engine;

import static io.fadvised.engine.EngineFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FileIdentity;
import io.fadvised.policy.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage that stops answering, and what that costs the others. */
class QuarantineTest {
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  @TempDir private Path folder;
  private FixtureHost host;
  private EngineFixture engine;
  private FakeFile hung;
  private FakeFile well;

  /** Two devices on two filesystems, looked at once. */
  @BeforeEach
  void prepare() {
    host = new FixtureHost(folder);
    engine = new EngineFixture(host);
    well = host.attach("loop0", "/srv/well.img", 1L << 30);
    hung = onBtrfs("loop1", 300);
    engine.tick();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    host.answer();
    assertThat(host.kernel().openDescriptors()).isZero();
  }

  @Test
  void theOthersGoOnBeingSweptAndStatusSaysWhy() {
    hangLoop1();

    for (int second = 0; second < 60; second++) {
      host.read("loop0", well, 0, 100 * MIB);
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(engine.report("loop1").reason().words())
        .isEqualTo(
            "not responding for 62 s while opening its backing file, left alone until it does");
    assertThat(engine.engine.snapshot().hung()).isEqualTo(new SweepRunner.Totals(1, 1));
    assertThat(changesTo(DeviceState.QUARANTINED)).containsExactly("loop1"); // told once
    assertThat(engine.heard.sweepsOf("loop0")).hasSizeGreaterThan(50);
    assertThat(well.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void whatAnswersAgainIsTakenBack() {
    hangLoop1();
    engine.run(A_MINUTE);
    int sweeps = engine.heard.sweepsOf("loop1").size();

    host.answer();
    engine.tickAfterSeconds(1);

    assertThat(engine.heard.sweepsOf("loop1").get(sweeps).reason().code()) // the late one
        .isEqualTo(Reason.Code.OVER_ALLOWANCE);

    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
    assertThat(engine.engine.snapshot().hung()).isEqualTo(new SweepRunner.Totals(0, 1));
    host.read("loop1", hung, 0, 100 * MIB);
    engine.run(A_MINUTE);
    assertThat(hung.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void whatWasDoneBeforeStaysCounted() {
    host.read("loop1", hung, 0, 100 * MIB);
    engine.tickAfterSeconds(1);
    DeviceTotals before = engine.report("loop1").totals();

    hangLoop1();

    assertThat(before.releasedBytes()).isPositive();
    assertThat(engine.report("loop1").totals()).isEqualTo(before);
    assertThat(engine.engine.snapshot().totals().releasedBytes())
        .isGreaterThanOrEqualTo(before.releasedBytes());
  }

  @Test
  void otherDevicesOnTheSameFilesystemAreLeftAloneWithIt() {
    FakeFile neighbour = onBtrfs("loop2", 301);
    engine.tickAfter(Duration.ofSeconds(31)); // found, and swept
    hangLoop1();

    host.read("loop2", neighbour, 0, 100 * MIB);
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop2").state()).isEqualTo(DeviceState.QUARANTINED);
    assertThat(engine.report("loop2").reason().words()).contains("on the filesystem of loop1");
    assertThat(changesTo(DeviceState.QUARANTINED)).containsExactly("loop1", "loop2");
    engine.tickAfterSeconds(1);
    assertThat(engine.heard.skipped).as("once in five seconds").containsOnlyOnce("loop2");
    assertThat(engine.engine.snapshot().hung().abandoned()).isEqualTo(1);

    host.answer();
    engine.tickAfterSeconds(1);
    engine.tickAfterSeconds(1);
    assertThat(engine.report("loop2").state()).isEqualTo(DeviceState.MANAGED);
    assertThat(neighbour.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  @Test
  void aDeviceThatIsDetachedMeanwhileIsForgotten() {
    hangLoop1();

    host.detach("loop1");
    engine.engine.requestRescan();
    engine.tickAfterSeconds(1);
    host.answer();
    engine.tickAfterSeconds(1);

    assertThat(engine.engine.snapshot().devices())
        .extracting(device -> device.device().name())
        .containsExactly("loop0");
    assertThat(engine.engine.snapshot().hung()).isEqualTo(new SweepRunner.Totals(0, 1));
  }

  @Test
  void newSettingsHoldOnceItIsBack() {
    hangLoop1();

    engine.engine.apply(EngineFixture.settings("devices.exclude=[loop1]"));
    engine.tickAfterSeconds(1);
    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.EXCLUDED);
    host.answer();
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.EXCLUDED);
  }

  @Test
  void whatHangsWhileTheEngineIsStoppedStaysTheWorkers() {
    host.read("loop1", hung, 0, 100 * MIB);
    host.hangNext();
    host.clock().advance(Duration.ofSeconds(1));
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedException.class).isThrownBy(engine.engine::tick);

    assertThat(engine.engine.snapshot().hung().waiting()).isZero(); // of the last whole tick
    engine.tickAfterSeconds(1); // started again
    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
    host.answer();
    engine.tickAfterSeconds(1);
    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
  }

  @Test
  void aSweepThatAStopInterruptedDoesNotStopTheEngineAgain() {
    host.read("loop1", hung, 0, 100 * MIB);
    host.read("loop1", hung, 500 * MIB, 100 * MIB); // a rest in between, which is interrupted
    host.hangNext();
    host.clock().advance(Duration.ofSeconds(1));
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(engine.engine::tick);

    host.answer();
    engine.tickAfterSeconds(1); // started again

    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.QUARANTINED);
    assertThat(hung.residentBytes()).isZero();
  }

  @Test
  void ofManyThatHangOnlySoManyTakeAWorker() {
    for (int i = 0; i < 40; i++) {
      host.kernel().mountPoint("/tenant" + i, FileIdentity.encodeDevice(0, 100 + i));
      host.attach("loop" + (10 + i), "/tenant" + i + "/img", tenantFile(i));
    }
    engine.engine.requestRescan();
    for (int tick = 0; tick < 18; tick++) {
      host.hangNext();
      engine.tickAfterSeconds(1);
    }
    host.neverMindHanging();
    host.read("loop0", well, 0, 100 * MIB);
    engine.tickAfterSeconds(1);

    assertThat(engine.engine.snapshot().hung().waiting()).isEqualTo(16);
    assertThat(engine.report("loop49").reason().words()).startsWith("16 other sweeps hang");
    assertThat(well.residentBytes()).isLessThanOrEqualTo(64 * MIB);
  }

  private List<String> changesTo(DeviceState state) {
    return engine.heard.changed.stream()
        .filter(device -> device.state() == state)
        .map(device -> device.device().name())
        .toList();
  }

  private FakeFile tenantFile(int number) {
    return host.kernel()
        .file(
            "/tenant" + number + "/img",
            new FileIdentity(FileIdentity.encodeDevice(0, 100 + number), 1),
            1L << 30);
  }

  private FakeFile onBtrfs(String loop, long inode) {
    String path = "/btrfs/" + loop + ".img";
    FakeFile file = host.kernel().file(path, new FileIdentity(FixtureHost.BTRFS, inode), 1L << 30);
    host.attach(loop, path, file);
    return file;
  }

  /** It is read, so that it is due, and does not answer the sweep. */
  private void hangLoop1() {
    host.read("loop1", hung, 0, 100 * MIB);
    host.hangNext();
    engine.tickAfterSeconds(1);
    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.QUARANTINED);
  }
}
