package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FileIdentity;
import io.fadvised.policy.Reason;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does about evictions that come back. Memory to spare; 64 MiB are tolerated. */
class DamageTest {
  private static final long MIB = 1L << 20;

  @TempDir private Path folder;
  private FixtureHost host;
  private FakeFile file;
  private EngineFixture engine;

  @BeforeEach
  void attach() {
    host = new FixtureHost(folder);
    file = host.kernel().file("/img/0", new FileIdentity(8, 100), 1024 * MIB);
    host.attach("loop0", "/img/0", file);
    host.read("loop0", file, 0, 400 * MIB);
    engine = new EngineFixture(host);
  }

  @Test
  void aDeviceWhoseEvictionsComeBackIsStoodDownWithinThreeSweeps() {
    engine.tick();
    assertThat(file.residentBytes()).isZero();

    int sweeps = readUntil(Reason.Code.PAUSED);

    assertThat(sweeps).isLessThanOrEqualTo(3);
    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.PAUSED);
    assertThat(engine.report("loop0").reason().words())
        .contains("read back again")
        .contains("1 min");
    assertThat(file.residentBytes()).isEqualTo(400 * MIB);
  }

  @Test
  void whileStoodDownNothingOfItIsEvicted() {
    engine.tick();
    readUntil(Reason.Code.PAUSED);
    int advised = engine.adviceCalls();

    for (int second = 0; second < 50; second++) {
      readAll();
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.adviceCalls()).isEqualTo(advised);
  }

  @Test
  void aTrialEvictsASixteenthAndStandsItDownForLonger() {
    engine.tick();
    readUntil(Reason.Code.PAUSED);
    long least = file.residentBytes();
    for (int second = 0; second < 120; second++) {
      engine.tickAfterSeconds(1);
      least = Math.min(least, file.residentBytes());
      readAll();
    }

    assertThat(least).isBetween(350 * MIB, 390 * MIB);
    assertThat(engine.report("loop0").reason().code()).isEqualTo(Reason.Code.PAUSED);
    assertThat(engine.report("loop0").reason().words()).contains("2 min");
  }

  @Test
  void retryThatIsCutShortIsJudgedOnlyWhenItHadTimeToBeReadBack() {
    engine.tick();
    readUntil(Reason.Code.PAUSED);
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(400)));
    for (int second = 0; second < 90; second++) {
      readAll();
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.report("loop0").reason().words()).contains("paused for 2 min");
  }

  @Test
  void aTrialOfWhatMayStayIsNotHurried() {
    engine.tick();
    readUntil(Reason.Code.PAUSED);
    engine.engine.apply(EngineFixture.settings("budget.relaxed=512MiB"));
    for (int second = 0; second < 120; second++) { // its rest is over by then
      host.count("loop0", 4096, 0);
      engine.tickAfterSeconds(1);
    }
    int sweeps = engine.heard.sweepsOf("loop0").size();

    for (int second = 0; second < 120; second++) {
      host.count("loop0", 4096, 0);
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.heard.sweepsOf("loop0").size() - sweeps).isLessThanOrEqualTo(3);
  }

  @Test
  void onceNothingComesBackAnyMoreItIsEvictedAgain() {
    engine.tick();
    readUntil(Reason.Code.PAUSED);

    for (int second = 0; second < 120; second++) { // reads, but elsewhere
      host.read("loop0", file, 500 * MIB + second * MIB / 4, MIB / 4);
      engine.tickAfterSeconds(1);
    }

    assertThat(file.residentBytes()).isLessThan(64 * MIB);
  }

  @Test
  void whatIsWrittenAgainIsEvictedAgain() {
    engine.tick();

    for (int second = 0; second < 30; second++) {
      host.write("loop0", file, 0, 100 * MIB);
      file.finishWriteback();
      engine.tickAfterSeconds(1);
    }

    assertThat(engine.report("loop0").state()).isEqualTo(DeviceState.MANAGED);
  }

  @Test
  void aDeviceThatWasStoodDownLeavesTheAllowanceToTheOthers() {
    FakeFile other = host.kernel().file("/img/1", new FileIdentity(8, 101), 1024 * MIB);
    host.attach("loop1", "/img/1", other);
    engine.engine.requestRescan();
    engine.tick();
    readUntil(Reason.Code.PAUSED);
    host.read("loop1", other, 0, MIB);
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").allowanceBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void devicesOverOneFileAreSweptOnceAndCountedOnce() {
    host.attach("loop1", "/img/0", file);
    engine.engine.requestRescan();
    engine.tick();
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").state()).isEqualTo(DeviceState.SHARED);
    assertThat(engine.report("loop1").reason().words())
        .isEqualTo("same backing file as loop0, swept there");

    host.read("loop1", file, 0, 60 * MIB);
    engine.tickAfter(Duration.ofMinutes(2));

    assertThat(engine.engine.snapshot().residentBytes()).isEqualTo(60 * MIB);
  }

  @Test
  void ioOfAnyOfThemIsIoOfTheFile() {
    host.attach("loop1", "/img/0", file);
    engine.engine.requestRescan();
    engine.tick();
    engine.tickAfterSeconds(1);
    engine.run(Duration.ofMinutes(3));

    host.read("loop1", file, 0, 300 * MIB);
    engine.tickAfterSeconds(1);

    assertThat(file.residentBytes()).isLessThan(10 * MIB);
  }

  @Test
  void whenTheFirstIsDetachedTheNextOneIsSwept() {
    host.attach("loop1", "/img/0", file);
    engine.engine.requestRescan();
    engine.tick();
    engine.tickAfterSeconds(1);

    host.detach("loop0");
    engine.engine.requestRescan();
    host.read("loop1", file, 0, 300 * MIB);
    engine.tickAfterSeconds(1);
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void oneThatIsResizedIsSweptForItself() {
    host.attach("loop1", "/img/0", file);
    engine.engine.requestRescan();
    engine.tick();
    engine.tickAfterSeconds(1);

    host.sys().set("loop1", "size", Long.toString(file.sizeBytes() / 512 / 2));
    engine.engine.requestRescan();
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
  }

  @Test
  void whenTheOneThatIsSweptForAllIsResizedTheNextOneIsSweptForItself() {
    host.attach("loop1", "/img/0", file);
    engine.engine.requestRescan();
    engine.tick();
    engine.tickAfterSeconds(1);

    host.sys().set("loop0", "size", Long.toString(file.sizeBytes() / 512 / 2));
    host.read("loop0", file, 0, 300 * MIB);
    engine.tickAfterSeconds(1);
    engine.tickAfterSeconds(1);

    assertThat(engine.report("loop1").state()).isNotEqualTo(DeviceState.SHARED);
  }

  /** Reads everything again each second, as a reader without a cache of its own would. */
  private int readUntil(Reason.Code code) {
    long before = engine.report("loop0").totals().sweeps();
    for (int second = 0; second < 30; second++) {
      readAll();
      engine.tickAfterSeconds(1);
      if (engine.report("loop0").reason().code() == code) {
        return (int) (engine.report("loop0").totals().sweeps() - before);
      }
    }
    throw new AssertionError("never " + code + " but " + engine.report("loop0").reason());
  }

  private void readAll() {
    host.read("loop0", file, 0, 400 * MIB);
    host.addIoStall(500_000);
  }
}
