package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Writes and reads through a loop device while the engine evicts its backing file as fast as it
 * can. Compares every block read with the data written, and checks both filesystems.
 */
@Requires(programs = {"mkfs.ext4", "fsck.ext4", "mkfs.xfs", "xfs_repair", "mkfs.btrfs", "btrfs"})
@Timeout(120)
class IntegrityIT {
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final int READ_MIB_PER_SECOND = 100;
  private static final int WRITTEN_MIB_PER_SECOND = 40;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Recorder recorder = new Recorder();

  @ParameterizedTest
  @CsvSource({"ext4, fsck.ext4 -fn", "xfs, xfs_repair -n", "btrfs, btrfs check --readonly"})
  void dataIsNeitherLostNorChanged(String type, String check) throws Exception {
    Path disk = DataFiles.sparse(scratch.file("disk"), 600);
    Path lower = scratch.filesystem(type, disk);
    Path image = DataFiles.sparse(lower.resolve("image"), 400);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    Path upper = scratch.mount("upper", loop.node());
    Load load = new Load(upper.resolve("data"), 192);
    Engine engine = start();
    EngineLoop engineLoop = new EngineLoop(engine);
    scratch.later(() -> assertThat(engineLoop.stop(Duration.ofSeconds(5))).isTrue());
    engineLoop.start();

    CompletableFuture<Void> running =
        load.start(scratch, READ_MIB_PER_SECOND, WRITTEN_MIB_PER_SECOND);
    long end = System.nanoTime() + TIME.toNanos();
    while (System.nanoTime() - end < 0) {
      engineLoop.submit(engine::snapshot).get();
      engineLoop.execute(engine::makeAllDue);
    }
    load.stop();
    running.get();

    assertThat(recorder.sweepsOf(loop.name())).isGreaterThan(30);
    assertThat(recorder.report(loop.name()).orElseThrow().totals().releasedBytes())
        .isGreaterThan(192 * MIB);
    load.checkAll();
    scratch.unmount(upper);
    Commands.run("fsck.ext4", "-fn", image);
    loop.detach();
    scratch.unmount(lower);
    List<Object> command = new ArrayList<>(List.of((Object[]) check.split(" ")));
    command.add(disk);
    Commands.run(command.toArray());
  }

  private Engine start() {
    return new Engine(
        new RealHost().forEngine(),
        RealHost.settings(scratch.directory(), "budget.relaxed=0", "budget.pressed=0"),
        List.of(recorder));
  }
}
