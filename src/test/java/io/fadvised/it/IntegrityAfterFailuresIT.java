package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Storage fails below a loop device whose backing file the packaged daemon evicts as fast as it
 * can. Data in flight may be lost, but data that was synced before must be there when the storage
 * works again, and both filesystems must be repairable.
 */
@Requires(
    programs = {
      "mkfs.ext4",
      "fsck.ext4",
      "mkfs.xfs",
      "xfs_repair",
      "mkfs.btrfs",
      "btrfs",
      "python3"
    })
@Timeout(120)
class IntegrityAfterFailuresIT {
  private static final int BLOCKS = 128;
  private static final int READ_MIB_PER_SECOND = 100;
  private static final int WRITTEN_MIB_PER_SECOND = 40;
  private static final Duration TIME_BEFORE_FAILURE = Duration.ofSeconds(1);

  @RegisterExtension final Scratch scratch = new Scratch();

  private Path disk;
  private LoopFixture diskLoop;
  private Path lower;
  private LoopFixture loop;
  private Path upper;
  private Load load;
  private CompletableFuture<Void> running;
  private PackagedDaemon daemon;

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void confirmedDataSurvivesDiskErrors(String type) throws Exception {
    start(type);

    diskLoop.endAt(4096);

    assertThatThrownBy(running::get).hasCauseInstanceOf(IOException.class);
    awaitNextSweep();
    detach();
    diskLoop.endAt(0);
    checkConfirmed(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void confirmedDataSurvivesAFullDiskUnderASparseFile(String type) throws Exception {
    start(type);

    Path filler = lower.resolve("filler");
    assertThat(zeros(filler, 1000).errors()).contains("No space left");
    Path more = upper.resolve("more"); // fits into the upper filesystem, but not into the lower
    assertThat(zeros(more, 64).errors()).contains("fsync failed");
    awaitNextSweep();
    load.stop();
    running.exceptionally(error -> null).get(); // it may have failed on the full disk, too
    Files.delete(filler);
    detach();
    checkConfirmed(type);
  }

  private void start(String type) throws Exception {
    disk = DataFiles.sparse(scratch.file("disk"), 600);
    Commands.run("mkfs." + type, "-q", disk);
    diskLoop = scratch.attach(disk);
    lower = scratch.mount("lower", "-t", type, diskLoop.node());
    Commands.run("mkfs.ext4", "-q", DataFiles.sparse(lower.resolve("image"), 400));
    loop = scratch.attach(lower.resolve("image"));
    upper = scratch.mount("upper", loop.node());
    load = new Load(upper.resolve("data"), BLOCKS);
    daemon = PackagedDaemon.withZeroBudget(scratch);
    running = load.start(scratch, READ_MIB_PER_SECOND, WRITTEN_MIB_PER_SECOND);
    daemon.awaitLog(", 0 B allowed; released ");
    Thread.sleep(TIME_BEFORE_FAILURE.toMillis());
  }

  private static Commands.Outcome zeros(Path file, int mebibytes) {
    return Commands.attempt(
        "dd", "if=/dev/zero", "of=" + file, "bs=1M", "count=" + mebibytes, "conv=fsync");
  }

  private void detach() {
    scratch.unmount(upper);
    loop.detach();
    scratch.unmount(lower);
  }

  private void awaitNextSweep() throws Exception {
    String before = daemon.log();
    Recorder.await(
        Bystander.TIMEOUT,
        "swept while its storage fails",
        () -> daemon.log().substring(before.length()).contains(loop.name() + ": "));
  }

  private void checkConfirmed(String type) throws Exception {
    scratch.mount("lower", "-t", type, diskLoop.node());
    loop = scratch.attach(lower.resolve("image"));
    assertThat(Commands.attempt("fsck.ext4", "-fy", loop.node()).status()).isLessThanOrEqualTo(1);
    Commands.run("fsck.ext4", "-fn", loop.node());
    scratch.mount("upper", loop.node());
    assertThat(load.checkConfirmed()).isGreaterThan(BLOCKS / 2);
    assertThat(daemon.isAlive()).isTrue();
    detach();
    switch (type) {
      case "xfs" -> Commands.run("xfs_repair", "-n", disk);
      case "btrfs" -> Commands.run("btrfs", "check", "--readonly", disk);
      default -> Commands.run("fsck.ext4", "-fn", disk);
    }
  }
}
