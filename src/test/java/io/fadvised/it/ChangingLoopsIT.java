package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Changes loop devices of all kinds while they are swept without pause; a healthy device must be
 * served.
 */
@Requires(programs = {"mkfs.ext4", "fincore", "dd", "python3", "addpart"})
@Timeout(120)
class ChangingLoopsIT {
  /** Allows for udev and other programs that open the device. */
  private static final Duration MAX_DETACH_TIME = Duration.ofSeconds(3);

  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  void growingAndShrinkingDeviceIsServed() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), 32);
    LoopFixture loop = scratch.attach(image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int mebibytes : new int[] {64, 16, 48, 8, 32}) {
      DataFiles.sparse(image, mebibytes);
      Commands.run("losetup", "--set-capacity", loop.node());
      Recorder.await(
          Bystander.TIMEOUT,
          "the new size",
          () -> bystander.report(loop).device().sizeBytes() == mebibytes * MIB);
      DataFiles.writeZeros(image, mebibytes - 8, 8);
      Commands.run("sync", image);
      bystander.awaitEvicted(image);
      bystander.assertServed();
    }

    bystander.awaitManaged(loop);
  }

  @Test
  void oneOfTwoDevicesOverAGrowingFileIsServed() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), 16);
    LoopFixture stays = scratch.attach(image);
    LoopFixture grows = scratch.attach(image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);
    LoopFixture follower = isShared(bystander, stays) ? stays : grows;

    DataFiles.sparse(image, 32);
    Commands.run("losetup", "--set-capacity", follower.node());
    DataFiles.writeZeros(image, 16, 16);
    Commands.run("sync", image);

    bystander.awaitManaged(follower);
    bystander.awaitEvicted(image);
    bystander.assertServed();
  }

  @Test
  void deviceWithReplacedFileIsServed() throws Exception {
    Path first = DataFiles.writeClean(scratch.file("first"), 16);
    Path second = DataFiles.writeClean(scratch.file("second"), 16);
    LoopFixture loop = scratch.attach(first, "--read-only");
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int round = 0; round < 5; round++) {
      Path file = round % 2 == 0 ? second : first;
      loop.changeFile(file);
      DataFiles.read(file);
      bystander.awaitEvicted(file);
      Recorder.await(
          Bystander.TIMEOUT,
          "the new file is shown",
          () ->
              bystander.report(loop).device().backingPath().text().equals(file.toString())
                  && bystander.report(loop).residency().isPresent());
      bystander.assertServed();
    }
  }

  @Test
  void partitionedDeviceIsServed() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 128);
    LoopFixture loop = scratch.attach(image, "--partscan");
    Commands.run("addpart", loop.node(), 1, 2048, 96 * MIB / 512); // like a partition table
    Path partition = Path.of(loop.node() + "p1");
    Commands.run("mkfs.ext4", "-q", partition);
    Path mount = scratch.mount("mnt", partition);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    DataFiles.writeClean(mount.resolve("data"), 32);
    Commands.run("sync", image);

    bystander.awaitEvicted(image);
    assertThat(bystander.report(loop).totals().releasedBytes()).isGreaterThan(16 * MIB);
    bystander.assertServed();
    scratch.unmount(mount);
    loop.detach();
    awaitDetached(loop);
    Recorder.await(MAX_DETACH_TIME, "no partition", () -> !Files.exists(partition));
  }

  @Test
  void nestedDevicesAreBothServed() throws Exception {
    Path lowerImage = DataFiles.sparse(scratch.file("lower"), 256);
    Path lowerMount = scratch.filesystem("ext4", lowerImage);
    Path upperMount =
        scratch.filesystem("ext4", DataFiles.sparse(lowerMount.resolve("upper"), 128));
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    Path data = DataFiles.writeClean(upperMount.resolve("data"), 64);
    Commands.run("sync", "--file-system", lowerMount);
    Commands.run("sync", lowerImage);

    bystander.awaitEvicted(lowerMount.resolve("upper"));
    Recorder.await(
        Bystander.TIMEOUT,
        "evicted but for what ext4 keeps",
        () -> DataFiles.residentBytes(lowerImage) <= 8 * MIB);
    assertThat(DataFiles.residentBytes(data)).as("the copy of use").isGreaterThan(32 * MIB);
    bystander.assertServed();
  }

  @Test
  void deviceOnALoopDeviceIsSkippedAndTheLowerOneIsServed() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), 32);
    LoopFixture lower = scratch.attach(image);
    LoopFixture upper = scratch.attach(lower.node());
    Bystander bystander =
        Bystander.sweepWithoutPause(
            scratch,
            "devices.include=[\"%s/**\", %s]".formatted(scratch.directory(), upper.name()));

    assertThat(bystander.awaitState(upper, DeviceState.BLOCK_DEVICE)).contains("block device");
    bystander.awaitEvicted(image);
    assertThat(bystander.report(lower).totals().releasedBytes()).isGreaterThan(16 * MIB);
    bystander.assertServed();
  }

  @Test
  void devicesOverPartsOfOneFileAreServed() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("image"), 48);
    LoopFixture first = scratch.attach(image, "--sizelimit", "16M");
    LoopFixture second = scratch.attach(image, "--offset", "16M", "--sizelimit", "16M");
    LoopFixture overlapping = scratch.attach(image, "--offset", "24M");
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int round = 0; round < 5; round++) {
      DataFiles.read(image);
      bystander.awaitEvicted(image);
      bystander.assertServed();
    }

    for (LoopFixture loop : new LoopFixture[] {first, second, overlapping}) {
      bystander.awaitManaged(loop);
    }
    assertThat(bystander.report(first).totals().releasedBytes()).isGreaterThan(8 * MIB);
  }

  @Test
  void deviceDetachedByUnmountIsFreeAtOnce() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 64);
    Commands.run("mkfs.ext4", "-q", image);
    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    for (int round = 0; round < 10; round++) {
      LoopFixture loop = scratch.attach(image);
      Path mount = scratch.mount("mnt", loop.node());
      loop.detach(); // from now on only the mount holds it
      DataFiles.writeClean(mount.resolve("data"), 16);
      bystander.awaitSwept(loop);

      long start = System.nanoTime();
      Commands.run("umount", mount);
      awaitDetached(loop);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(MAX_DETACH_TIME);
      bystander.assertServed();
    }
  }

  private static boolean isShared(Bystander bystander, LoopFixture loop) throws Exception {
    Recorder.await(
        Bystander.TIMEOUT, "measured", () -> bystander.recorder.report(loop.name()).isPresent());
    bystander.awaitSwept(loop);
    return bystander.report(loop).state() == DeviceState.SHARED;
  }

  private static void awaitDetached(LoopFixture loop) throws Exception {
    Recorder.await(
        MAX_DETACH_TIME,
        "detached",
        () -> !Files.exists(Path.of("/sys/block", loop.name(), "loop")));
  }
}
