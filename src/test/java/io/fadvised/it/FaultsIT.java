package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceState;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Backing files change during sweeps; a healthy device must be served. */
@Requires(programs = {"mkfs.ext4", "fincore", "fallocate", "truncate", "fsfreeze", "dd"})
@Timeout(120)
class FaultsIT {
  private static final int ROUNDS = 40;
  private static final int PAIRS = 10;

  /** Bounds the median of the ratios of all pairs, each with and without sweeps. */
  private static final double MAX_RATIO = 5;

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

    double[] ratios = new double[PAIRS];
    for (int pair = 0; pair < PAIRS; pair++) {
      bystander.pause(true);
      DataFiles.read(image);
      long without = freeze(() -> {});
      bystander.pause(false);
      DataFiles.read(image);
      long with =
          freeze(
              () -> {
                bystander.assertServed();
                bystander.awaitEvicted(image);
              });
      ratios[pair] = (double) with / without;
    }
    Arrays.sort(ratios);
    assertThat(ratios[PAIRS / 2]).as("%s", Arrays.toString(ratios)).isLessThan(MAX_RATIO);
    assertThat(bystander.report(loop).state()).isNotIn(DeviceState.FAILED, DeviceState.QUARANTINED);
  }

  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  /** Freezes the filesystem during an action, and returns the nanoseconds until it was frozen. */
  private long freeze(Action action) throws Exception {
    long start = System.nanoTime();
    Commands.run("fsfreeze", "--freeze", filesystem);
    long took = System.nanoTime() - start;
    try {
      action.run();
    } finally {
      Commands.run("fsfreeze", "--unfreeze", filesystem);
    }
    return took;
  }
}
