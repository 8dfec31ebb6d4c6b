package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Backing files change during sweeps; a healthy device must be served. */
@Requires(programs = {"mkfs.ext4", "fincore", "fallocate", "truncate", "fsfreeze", "dd"})
@Timeout(120)
class FaultsIT {
  private static final int ROUNDS = 40;

  @RegisterExtension final Scratch scratch = new Scratch();

  private Path filesystem;

  @BeforeEach
  void aFilesystem() throws Exception {
    filesystem = scratch.filesystem("ext4");
  }

  @Test
  void truncatedPunchedAndGrownFileIsServed() throws Exception {
    Path image = DataFiles.writeClean(filesystem.resolve("image"), 64);
    LoopFixture loop = scratch.attach(image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int round = 0; round < ROUNDS; round++) {
      Commands.run("truncate", "--size=" + (8 + round) + "M", image);
      Commands.run(
          "fallocate", "--punch-hole", "--offset", round * MIB / 8, "--length", MIB, image);
      Commands.run("truncate", "--size=64M", image);
      DataFiles.writeZeros(image, round, 4);
      bystander.assertServed();
    }

    Commands.run("truncate", "--size=8M", image); // and stays smaller than the device
    long sweeps = bystander.recorder.sweepsOf(loop.name());
    Recorder.await(
        Bystander.TIMEOUT,
        "swept on",
        () -> bystander.recorder.sweepsOf(loop.name()) > sweeps + 10);
    assertThat(bystander.recorder.problems).isEmpty();
    assertThat(bystander.report(loop).state())
        .isNotIn(DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.QUARANTINED);
    Commands.run("truncate", "--size=64M", image);
    Recorder.await(
        Bystander.TIMEOUT,
        "evicted once it rests",
        () -> {
          Commands.run("sync", image);
          return DataFiles.residentBytes(image) <= Bystander.MAX_LEFT_BYTES;
        });
  }

  @Test
  void sparseFileOnAFullFilesystemIsServed() throws Exception {
    Path small =
        scratch.filesystem("ext4", DataFiles.sparse(scratch.file("small.img"), 64), "-m", "0");
    Path image = DataFiles.sparse(small.resolve("image"), 256);
    LoopFixture loop = scratch.attach(image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    Commands.Outcome written =
        Commands.attempt("dd", "if=/dev/urandom", "of=" + loop.node(), "bs=1M", "conv=fsync");

    assertThat(written.status()).as("the disk is not full").isNotZero();
    bystander.assertServed();
    bystander.awaitEvicted(image);
    assertThat(bystander.report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  @Test
  void filesystemCanBeFrozenDuringSweeps() throws Exception {
    Path image = DataFiles.writeClean(filesystem.resolve("image"), 64);
    LoopFixture loop = scratch.attach(image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int round = 0; round < 10; round++) {
      DataFiles.read(image);
      long start = System.nanoTime();
      Commands.run("fsfreeze", "--freeze", filesystem);
      try {
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        bystander.assertServed();
        bystander.awaitEvicted(image);
      } finally {
        Commands.run("fsfreeze", "--unfreeze", filesystem);
      }
    }
    assertThat(bystander.report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }
}
