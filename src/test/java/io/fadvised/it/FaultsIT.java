package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Backing files that change under the engine, beside one that does not and is served on. */
@Requires(programs = {"mkfs.ext4", "fincore", "fallocate", "truncate", "fsfreeze", "dd"})
@Timeout(120)
class FaultsIT {
  private static final Duration A_MOMENT = Duration.ofSeconds(5);
  private static final int ROUNDS = 40;

  /** So little is not worth a call. */
  private static final long LEFT_BYTES = 2 * MIB;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();
  private Path filesystem;
  private Path wellImage;
  private LoopFixture well;
  private Engine engine;
  private EngineLoop engineLoop;

  @BeforeEach
  void oneThatIsWell() throws Exception {
    filesystem = scratch.filesystem("ext4");
    wellImage = DataFiles.writeClean(scratch.file("well"), 32);
    well = scratch.attach(wellImage);
  }

  @Test
  void aBackingFileThatIsCutPunchedAndGrownMeanwhile() throws Exception {
    Path image = DataFiles.writeClean(filesystem.resolve("image"), 64);
    LoopFixture loop = scratch.attach(image);
    sweepWithoutPause();

    for (int round = 0; round < ROUNDS; round++) {
      Commands.run("truncate", "--size=" + (8 + round) + "M", image);
      Commands.run(
          "fallocate", "--punch-hole", "--offset", round * MIB / 8, "--length", MIB, image);
      Commands.run("truncate", "--size=64M", image);
      DataFiles.writeZeros(image, round, 4);
      assertWellIsServed();
    }

    assertThat(recorder.problems).isEmpty();
    assertThat(report(loop).state())
        .isNotIn(DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.QUARANTINED);
    Recorder.await(
        A_MOMENT,
        "evicted once it rests",
        () -> {
          Commands.run("sync", image);
          return DataFiles.residentBytes(image) <= LEFT_BYTES;
        });
  }

  @Test
  void aFullFilesystemUnderASparseBackingFile() throws Exception {
    Path small =
        scratch.filesystem("ext4", DataFiles.sparse(scratch.file("small.img"), 64), "-m", "0");
    Path image = DataFiles.sparse(small.resolve("image"), 256);
    LoopFixture loop = scratch.attach(image);
    sweepWithoutPause();

    Commands.Outcome written =
        Commands.attempt("dd", "if=/dev/urandom", "of=" + loop.node(), "bs=1M", "conv=fsync");

    assertThat(written.status()).as("the disk is not full").isNotZero();
    assertWellIsServed();
    Recorder.await(A_MOMENT, "evicted", () -> DataFiles.residentBytes(image) <= LEFT_BYTES);
    assertThat(report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  @Test
  void itsFilesystemCanBeFrozenWhileSweepsGoOn() throws Exception {
    Path image = DataFiles.writeClean(filesystem.resolve("image"), 64);
    LoopFixture loop = scratch.attach(image);
    sweepWithoutPause();

    for (int round = 0; round < 10; round++) {
      DataFiles.read(image);
      long start = System.nanoTime();
      Commands.run("fsfreeze", "--freeze", filesystem);
      try {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertWellIsServed();
        Recorder.await(A_MOMENT, "evicted", () -> DataFiles.residentBytes(image) <= LEFT_BYTES);
      } finally {
        Commands.run("fsfreeze", "--unfreeze", filesystem);
      }
    }
    assertThat(report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  private void assertWellIsServed() throws Exception {
    DataFiles.read(wellImage);
    Recorder.await(
        Duration.ofSeconds(2), "evicted", () -> DataFiles.residentBytes(wellImage) <= LEFT_BYTES);
    assertThat(report(well).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  private void sweepWithoutPause() throws Exception {
    engine =
        new Engine(
            new RealHost().forEngine(),
            RealHost.settings(scratch.folder(), "budget.relaxed=0", "budget.pressed=0"),
            List.of(recorder));
    engineLoop = new EngineLoop(engine);
    scratch.later(() -> assertThat(engineLoop.stop(A_MOMENT)).isTrue());
    engineLoop.start();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> orders =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                engineLoop.execute(engine::makeAllDue);
                engineLoop.submit(engine::snapshot).join();
              }
            });
    scratch.later(
        () -> {
          stop.set(true);
          orders.get();
        });
    Recorder.await(A_MOMENT, "looked at", () -> recorder.sweepsOf(well.name()) > 0);
  }

  private DeviceReport report(LoopFixture loop) {
    return recorder.report(loop.name()).orElseThrow();
  }
}
