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

/** Filesystems in user space whose server is stopped in the middle of everything. */
@Requires(
    programs = {"mkfs.ext4", "fuse2fs", "fincore"},
    files = "/dev/fuse")
@Timeout(120)
class StuckStorageIT {
  private static final Duration A_MOMENT = Duration.ofSeconds(5);
  private static final Duration A_WHILE = Duration.ofSeconds(20);

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @Test
  void theOthersAreServedMeanwhileAndItIsTakenBackWhenItAnswers() throws Exception {
    UserFilesystem filesystem = UserFilesystem.mount(scratch, "fuse");
    LoopFixture stuck =
        scratch.attach(DataFiles.writeClean(filesystem.root().resolve("image"), 16));
    Path image = DataFiles.writeClean(scratch.file("image"), 64);
    LoopFixture well = scratch.attach(image);
    EngineLoop loop = start();
    Recorder.await(A_MOMENT, "both looked at", () -> swept(stuck) && swept(well));

    filesystem.stop();
    try {
      keepSweeping(loop);
      Recorder.await(A_MOMENT, "quarantined", () -> isQuarantined(stuck));
      for (int round = 0; round < 10; round++) {
        DataFiles.read(image);
        loop.execute(engine::makeAllDue);
        Recorder.await(
            Duration.ofSeconds(1), "evicted", () -> DataFiles.residentBytes(image) <= 2 * MIB);
      }
      assertThat(report(stuck).reason().words())
          .matches("not responding for .* s while .*, skipped.*");
      assertThat(isQuarantined(well)).isFalse();
      assertThat(engine.snapshot().hung().waiting()).isEqualTo(1);
    } finally {
      filesystem.goOn();
    }

    Recorder.await(A_WHILE, "taken back", () -> !isQuarantined(stuck));
    long sweeps = recorder.sweepsOf(stuck.name());
    keepSweeping(loop);
    Recorder.await(A_WHILE, "swept again", () -> recorder.sweepsOf(stuck.name()) > sweeps);
    assertThat(engine.snapshot().hung().waiting()).isZero();
  }

  @Test
  void theDaemonStopsWhileStorageIsStuck() throws Exception {
    UserFilesystem filesystem = UserFilesystem.mount(scratch, "fuse");
    LoopFixture stuck =
        scratch.attach(DataFiles.writeClean(filesystem.root().resolve("image"), 16));
    EngineLoop loop = start();
    Recorder.await(A_MOMENT, "looked at", () -> swept(stuck));

    filesystem.stop();
    try {
      keepSweeping(loop);
      Recorder.await(A_MOMENT, "quarantined", () -> isQuarantined(stuck));

      assertThat(loop.stop(A_MOMENT)).isTrue();
    } finally {
      filesystem.goOn();
    }
  }

  @Test
  void hungMountOfAStrangerDoesNotQuarantineAHealthyFilesystem() throws Exception {
    Path btrfs = scratch.filesystem("btrfs");
    Path covered = Files.createDirectory(btrfs.resolve("covered"));
    Path gone = DataFiles.writeClean(covered.resolve("image"), 16);
    LoopFixture deleted = scratch.attach(gone);
    Path image = DataFiles.writeClean(btrfs.resolve("image"), 64);
    LoopFixture well = scratch.attach(image);
    EngineLoop loop = start();
    Recorder.await(A_MOMENT, "both measured", () -> swept(deleted) && swept(well));
    OtherNamespace stranger = scratch.namespace();
    UserFilesystem hung = UserFilesystem.mountIn(stranger, scratch, covered);
    Files.delete(gone);

    hung.stop();
    try {
      keepSweeping(loop);
      Recorder.await(A_MOMENT, "hung", () -> engine.snapshot().hung().abandoned() > 0);
      for (int round = 0; round < 5; round++) {
        DataFiles.read(image);
        keepSweeping(loop);
        Recorder.await(A_MOMENT, "evicted", () -> DataFiles.residentBytes(image) <= 2 * MIB);
      }
      assertThat(isQuarantined(well)).isFalse();
    } finally {
      hung.goOn();
    }
  }

  private Engine engine;

  private EngineLoop start() {
    engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(
                scratch.folder(), "budget.relaxed=0", "budget.pressed=0", "interval.max=1s"),
            List.of(recorder));
    EngineLoop loop = new EngineLoop(engine);
    scratch.later(() -> assertThat(loop.stop(A_MOMENT)).isTrue());
    loop.start();
    return loop;
  }

  private void keepSweeping(EngineLoop loop) {
    loop.execute(engine::makeAllDue);
  }

  private boolean swept(LoopFixture loop) {
    return recorder.sweepsOf(loop.name()) > 0;
  }

  private boolean isQuarantined(LoopFixture loop) {
    return report(loop).state() == DeviceState.QUARANTINED;
  }

  private DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }
}
