package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Detaches a busy loop device and unmounts the filesystem of its backing file at once. */
@Timeout(600)
class UnmountIT {
  private static final int ROUNDS = 12;

  /**
   * A call of posix_fadvise(2) takes up to 5 ms here and cannot be interrupted, and umount(8)
   * follows 3 ms after the event. 0 of 60 rounds failed; 16 of 30 if the daemon completed its
   * sweep.
   */
  private static final int MAX_BUSY = 2;

  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  void filesystemOfADetachedDeviceIsUnmountedDuringSweeps() throws Exception {
    Path disk = DataFiles.sparse(scratch.file("disk"), 2500);
    Commands.run("mkfs.ext4", "-q", disk);
    LoopFixture outer = scratch.attach(disk);
    PackagedDaemon daemon =
        PackagedDaemon.forDevicesOf(scratch, "budget.relaxed=0", "budget.pressed=0");

    int busy = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Path below = scratch.mount("below" + round, outer.node());
      Path image = below.resolve("image");
      if (round == 0) {
        DataFiles.sparse(image, 2048);
        Commands.run("mkfs.ext4", "-q", image);
      }
      LoopFixture loop = scratch.attach(image);
      Path above = scratch.mount("above" + round, loop.node());
      Commands.run(
          "dd",
          "if=/dev/zero",
          "of=" + above.resolve("data"),
          "bs=1M",
          "count=1700",
          "conv=notrunc");
      Commands.run("umount", above);
      Commands.run("losetup", "--detach", loop.node());
      if (Commands.attempt("umount", below).status() != 0) {
        busy++;

        Recorder.await(
            Duration.ofSeconds(20),
            "unmounted",
            () -> Commands.attempt("umount", below).status() == 0);
      }
    }

    assertThat(busy)
        .as("target is busy; log of the daemon:\n%s", daemon.log())
        .isLessThanOrEqualTo(MAX_BUSY);
  }
}
