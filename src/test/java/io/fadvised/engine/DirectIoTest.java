package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.KernelException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does about devices that could do direct I/O. */
class DirectIoTest {
  private static final long MIB = 1L << 20;
  private static final int EINVAL = 22;
  private static final String ON = "losetup --direct-io=on /dev/loop0";

  @TempDir private Path folder;
  private FixtureHost host;
  private FakeFile file;

  @BeforeEach
  void attach() {
    host = new FixtureHost(folder);
    file = host.kernel().file("/img/0", new FileIdentity(8, 100), 1024 * MIB);
    host.attach("loop0", "/img/0", file);
    host.read("loop0", file, 0, 100 * MIB);
    host.directIo().diagnoses(Cause.SWITCHED_OFF, "direct I/O is off", ON);
  }

  @Test
  void byDefaultItOnlySaysThatItCouldBeHad() {
    EngineFixture engine = new EngineFixture(host);

    engine.tick();
    engine.tickAfterSeconds(1);

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(engine.report("loop0").directIo()).isEqualTo("direct I/O is available: " + ON);
    assertThat(engine.heard.directIo).containsExactly("direct I/O is available: " + ON);
  }

  @Test
  void ignoredItIsNotSpokenOf() {
    EngineFixture engine = new EngineFixture(host, "direct-io=ignore");

    engine.tick();

    assertThat(engine.report("loop0").directIo()).isEmpty();
    assertThat(engine.heard.directIo).isEmpty();
  }

  @Test
  void enabledItIsSwitchedOnOnceAndWhatIsLeftIsEvicted() {
    EngineFixture engine = new EngineFixture(host, "direct-io=enable", "budget.relaxed=512MiB");

    engine.tick();

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").reason().words())
        .contains("from before direct I/O was switched on");
  }

  @Test
  void whatIsLeftIsEvictedAtOnceThoughOthersWait() {
    host.read("loop0", file, 0, 400 * MIB);
    for (int i = 1; i <= 40; i++) {
      host.attach("loop" + i, "/img/" + i, 1L << 30);
    }
    host.kernel().before("posix_fadvise", call -> host.clock().advance(Duration.ofMillis(100)));
    EngineFixture engine = new EngineFixture(host, "direct-io=enable", "budget.relaxed=512MiB");

    engine.run(Duration.ofSeconds(10));

    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void deviceThatIsCachedDespiteDirectIoIsEvicted() {
    EngineFixture engine = new EngineFixture(host, "direct-io=enable", "budget.relaxed=8MiB");
    engine.tick();

    doIo(engine, 40 * MIB, 40 * MIB);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(engine.report("loop0").reason().words()).contains("despite direct I/O");
    assertThat(file.residentBytes()).isZero();
  }

  @Test
  void refusedItIsEvictedInsteadAndTheErrnoIsInWords() {
    host.directIo().refuses(new KernelException("LOOP_SET_DIRECT_IO", EINVAL));
    EngineFixture engine = new EngineFixture(host, "direct-io=enable");

    engine.tick();
    doIo(engine, 40 * MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(file.residentBytes()).isZero();
    assertThat(engine.report("loop0").directIo())
        .contains("rejected: LOOP_SET_DIRECT_IO")
        .contains("(EINVAL)")
        .contains("evicted instead");
  }

  @Test
  void afterTheDeviceHasChangedItIsTriedAgain() {
    host.directIo().refuses(new KernelException("LOOP_SET_DIRECT_IO", EINVAL));
    EngineFixture engine = new EngineFixture(host, "direct-io=enable");
    engine.tick();

    host.sys().set("loop0", "queue/logical_block_size", "4096");
    doIo(engine, MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on", "loop0 on");
  }

  @Test
  void aDryRunSwitchesNothing() {
    EngineFixture engine = new EngineFixture(host, "direct-io=enable", "dry-run=true");

    engine.tick();

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(engine.report("loop0").directIo()).contains("is available");
  }

  @Test
  void whoeverSwitchesItOffWins() {
    EngineFixture engine = new EngineFixture(host, "direct-io=enable");
    engine.tick();

    host.sys().set("loop0", "loop/dio", "0");
    doIo(engine, 40 * MIB, 0);
    doIo(engine, 40 * MIB, 0);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
    assertThat(engine.report("loop0").directIo()).isEqualTo("direct I/O was switched off: left so");
  }

  @Test
  void whatOthersSwitchedOnIsNotRecommendedAnyMore() {
    EngineFixture engine = new EngineFixture(host);
    engine.tick();

    host.sys().set("loop0", "loop/dio", "1");
    host.directIo().diagnoses(Cause.DIRECT, "direct I/O is on");
    engine.tickAfterSeconds(31); // the next scan

    assertThat(engine.report("loop0").device().saysDirectIo()).isTrue();
    assertThat(engine.report("loop0").directIo()).isEmpty();
  }

  @Test
  void whatTheKernelRulesOutIsNotTried() {
    host.directIo().diagnoses(Cause.FILESYSTEM, "ext4 takes no direct I/O on this file");
    EngineFixture engine = new EngineFixture(host, "direct-io=enable");

    engine.tick();

    assertThat(host.directIo().calls()).isEmpty();
    assertThat(engine.report("loop0").directIo()).endsWith("on this file; evicted instead");
  }

  @Test
  void newSettingsAreActedUpon() {
    EngineFixture engine = new EngineFixture(host);
    engine.tick();

    engine.engine.apply(EngineFixture.settings("direct-io=enable"));
    engine.tickAfterSeconds(1);

    assertThat(host.directIo().calls()).containsExactly("loop0 on");
  }

  /** Through the device, and so much of it leaves pages below; then the next look. */
  private void doIo(EngineFixture engine, long bytes, long cachedBytes) {
    if (cachedBytes > 0) {
      file.read(500 * MIB, cachedBytes);
    }
    host.count("loop0", bytes, 0);
    engine.tickAfterSeconds(61);
  }
}
