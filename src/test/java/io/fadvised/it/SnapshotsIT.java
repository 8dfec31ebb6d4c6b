package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshots of a backing file, by its filesystem, while sweeps of it go on without a pause. */
@Requires(programs = {"mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "btrfs", "cp"})
@Timeout(60)
class SnapshotsIT {
  private static final int PAIRS = 5;

  /** On two busy cores the medians grew by 40 ms (subvolumes), 3 and 0 ms (reflinks). */
  private static final Duration ADDED_AT_MOST = Duration.ofMillis(250);

  @RegisterExtension final Scratch scratch = new Scratch();

  @ParameterizedTest
  @CsvSource({
    "btrfs, btrfs subvolume snapshot %s/volume %s/copy%d, copy%d/image",
    "btrfs, cp --reflink=always %s/volume/image %s/copy%d, copy%d",
    "xfs, cp --reflink=always %s/volume/image %s/copy%d, copy%d",
  })
  void succeedAndTakeNoLonger(String type, String command, String copy) throws Exception {
    Path filesystem = scratch.filesystem(type);
    Path image = image(type, filesystem);
    LoopFixture loop = scratch.attach(image);
    Path mount = scratch.mount("mnt", loop.node());
    Bystander bystander = Bystander.sweepWithoutPause(scratch);
    List<Duration> without = new ArrayList<>();
    List<Duration> with = new ArrayList<>();

    for (int number = 0; number < 2 * PAIRS; number++) {
      boolean paused = number % 2 == 0;
      bystander.pause(paused);
      DataFiles.writeClean(mount.resolve("data" + number % 4), 8);
      long start = System.nanoTime();
      Commands.run((Object[]) command.formatted(filesystem, filesystem, number).split(" "));
      (paused ? without : with).add(Duration.ofNanos(System.nanoTime() - start));
    }
    bystander.assertServed();

    System.out.printf("%s: without %s, with %s%n", command, without, with);
    assertThat(median(with)).isLessThan(median(without).plus(ADDED_AT_MOST));
    assertThat(bystander.report(loop).state())
        .isNotIn(DeviceState.FAILED, DeviceState.UNREACHABLE, DeviceState.QUARANTINED);
    scratch.unmount(mount);
    Commands.run((Object[]) command.formatted(filesystem, filesystem, 2 * PAIRS).split(" "));
    assertThat(DataFiles.read(filesystem.resolve(copy.formatted(2 * PAIRS))))
        .isEqualTo(DataFiles.read(image));
  }

  private static Path image(String type, Path filesystem) throws Exception {
    Path volume = filesystem.resolve("volume");
    Commands.run(
        (Object[])
            (type.equals("btrfs") ? "btrfs subvolume create " + volume : "mkdir " + volume)
                .split(" "));
    Path image = DataFiles.sparse(volume.resolve("image"), 128);
    Commands.run("mkfs.ext4", "-q", image);
    return image;
  }

  private static Duration median(List<Duration> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
