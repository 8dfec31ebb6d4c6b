package io.fadvised.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Writes and reads through a loop device of the packaged daemon under faults: the backing file is
 * renamed and finally deleted, its filesystem is frozen and snapshot, other devices appear and
 * disappear, and the daemon is killed and restarted. Compares every block read with the data
 * written, and checks both filesystems.
 */
@Requires(
    programs = {
      "mkfs.ext4",
      "fsck.ext4",
      "mkfs.xfs",
      "xfs_repair",
      "mkfs.btrfs",
      "btrfs",
      "fsfreeze",
      "python3"
    })
@Timeout(120)
class IntegrityUnderFaultsIT {
  private static final int SECONDS = 7;
  private static final int MIN_ROUNDS = 4;
  private static final int READ_MIB_PER_SECOND = 100;
  private static final int WRITTEN_MIB_PER_SECOND = 40;

  @RegisterExtension final Scratch scratch = new Scratch();

  private final Random random = new Random(1);

  @ParameterizedTest
  @CsvSource({"xfs, xfs_repair -n", "btrfs, btrfs check --readonly"})
  void dataIsNeitherLostNorChanged(String type, String check) throws Exception {
    Path disk = DataFiles.sparse(scratch.file("disk"), 1200);
    Path lower = scratch.filesystem(type, disk);
    Path image = DataFiles.sparse(lower.resolve("image"), 300);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    Path upper = scratch.mount("upper", loop.node());
    Load load = new Load(upper.resolve("data"), 128);
    PackagedDaemon daemon = PackagedDaemon.withZeroBudget(scratch);
    CompletableFuture<Void> running =
        load.start(scratch, READ_MIB_PER_SECOND, WRITTEN_MIB_PER_SECOND);

    AttachStorm storm =
        AttachStorm.start(scratch, DataFiles.writeClean(scratch.file("other"), 4), SECONDS);
    scratch.later(() -> Commands.attempt("fsfreeze", "--unfreeze", lower));
    int rounds = 0;
    while (storm.goesOn() || rounds < MIN_ROUNDS) { // a busy host takes longer for a round
      Files.move(image, lower.resolve("moved"));
      Commands.run("fsfreeze", "--freeze", lower);
      Commands.run("fsfreeze", "--unfreeze", lower);
      Commands.run("cp", "--reflink=always", lower.resolve("moved"), lower.resolve("snapshot"));
      Files.move(lower.resolve("moved"), image);
      Thread.sleep(random.nextInt(1500));
      daemon.killAndRestart();
      rounds++;
    }
    Files.delete(image);
    String before = daemon.log();
    Recorder.await(
        Duration.ofSeconds(20),
        "swept after it was deleted, and evicted",
        () ->
            daemon.log().substring(before.length()).contains(loop.name() + ": swept in ")
                && daemon.log().contains(", 0 B allowed; released "));
    load.stop();
    running.get();

    System.out.printf("%s: killed %d times%n", type, rounds);
    load.checkAll();
    scratch.unmount(upper);
    Commands.run("fsck.ext4", "-fn", loop.node());
    loop.detach();
    scratch.unmount(lower);
    List<Object> command = new ArrayList<>(List.of((Object[]) check.split(" ")));
    command.add(disk);
    Commands.run(command.toArray());
  }
}
