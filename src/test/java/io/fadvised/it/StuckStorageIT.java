package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Filesystems in user space whose server is stopped during sweeps. */
@Requires(
    programs = {"mkfs.ext4", "fuse2fs", "fincore"},
    files = "/dev/fuse")
@Timeout(120)
class StuckStorageIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LONG_TIMEOUT = Duration.ofSeconds(20);

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @Test
  void hungDeviceIsQuarantinedUntilItResponds() throws Exception {
    UserFilesystem filesystem = UserFilesystem.mount(scratch, "fuse");
    LoopFixture hung = scratch.attach(DataFiles.writeClean(filesystem.root().resolve("image"), 16));
    Path image = DataFiles.writeClean(scratch.file("image"), 64);
    LoopFixture healthy = scratch.attach(image);
    EngineLoop loop = start();
    Recorder.await(TIMEOUT, "both measured", () -> swept(hung) && swept(healthy));

    filesystem.stop();
    try {
      keepSweeping(loop);
      Recorder.await(TIMEOUT, "quarantined", () -> isQuarantined(hung));
      for (int round = 0; round < 10; round++) {
        DataFiles.read(image);
        loop.execute(engine::makeAllDue);
        Recorder.await(
            Duration.ofSeconds(1), "evicted", () -> DataFiles.residentBytes(image) <= 2 * MIB);
      }
      assertThat(report(hung).reason().words())
          .matches("not responding for .* s while .*, skipped.*");
      assertThat(isQuarantined(healthy)).isFalse();
      assertThat(engine.snapshot().hung().waiting()).isEqualTo(1);
    } finally {
      filesystem.resume();
    }

    Recorder.await(LONG_TIMEOUT, "taken back", () -> !isQuarantined(hung));
    long sweeps = recorder.sweepsOf(hung.name());
    keepSweeping(loop);
    Recorder.await(LONG_TIMEOUT, "swept again", () -> recorder.sweepsOf(hung.name()) > sweeps);
    assertThat(engine.snapshot().hung().waiting()).isZero();
  }

  @Test
  void daemonStopsWhileStorageIsHung() throws Exception {
    UserFilesystem filesystem = UserFilesystem.mount(scratch, "fuse");
    LoopFixture hung = scratch.attach(DataFiles.writeClean(filesystem.root().resolve("image"), 16));
    EngineLoop loop = start();
    Recorder.await(TIMEOUT, "measured", () -> swept(hung));

    filesystem.stop();
    try {
      keepSweeping(loop);
      Recorder.await(TIMEOUT, "quarantined", () -> isQuarantined(hung));

      assertThat(loop.stop(TIMEOUT)).isTrue();
    } finally {
      filesystem.resume();
    }
  }

  @Test
  void hungMountOfAnotherUserDoesNotQuarantineAHealthyFilesystem() throws Exception {
    Path btrfs = scratch.filesystem("btrfs");
    Path covered = Files.createDirectory(btrfs.resolve("covered"));
    Path gone = DataFiles.writeClean(covered.resolve("image"), 16);
    LoopFixture deleted = scratch.attach(gone);
    Path image = DataFiles.writeClean(btrfs.resolve("image"), 64);
    LoopFixture healthy = scratch.attach(image);
    EngineLoop loop = start();
    Recorder.await(TIMEOUT, "both measured", () -> swept(deleted) && swept(healthy));
    OtherNamespace stranger = scratch.namespace();
    UserFilesystem hung = UserFilesystem.mountIn(stranger, scratch, covered);
    Files.delete(gone);

    hung.stop();
    try {
      keepSweeping(loop);
      Recorder.await(TIMEOUT, "hung", () -> engine.snapshot().hung().abandoned() > 0);
      for (int round = 0; round < 5; round++) {
        DataFiles.read(image);
        keepSweeping(loop);
        Recorder.await(TIMEOUT, "evicted", () -> DataFiles.residentBytes(image) <= 2 * MIB);
      }
      assertThat(isQuarantined(healthy)).isFalse();
    } finally {
      hung.resume();
    }
  }

  private Engine engine;

  private EngineLoop start() {
    engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(
                scratch.directory(), "budget.relaxed=0", "budget.pressed=0", "interval.max=1s"),
            List.of(recorder));
    EngineLoop loop = new EngineLoop(engine);
    scratch.later(() -> assertThat(loop.stop(TIMEOUT)).isTrue());
    loop.start();
    return loop;
  }

  private void keepSweeping(EngineLoop loop) {
    loop.execute(engine::makeAllDue);
  }

  private boolean swept(LoopFixture loop) { // and reported, at the end of the tick
    return recorder.sweepsOf(loop.name()) > 0 && recorder.report(loop.name()).isPresent();
  }

  private boolean isQuarantined(LoopFixture loop) {
    return report(loop).state() == DeviceState.QUARANTINED;
  }

  private DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }
}
