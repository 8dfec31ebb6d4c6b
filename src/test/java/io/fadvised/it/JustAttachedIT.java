package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@code direct-io = enable} on a filesystem that needs sectors of 4096 bytes: the daemon sets
 * those of devices that are attached with 512 and that nobody uses.
 */
@Requires(programs = {"losetup", "mkfs.ext4", "e2fsck", "fincore"})
@Timeout(120)
class JustAttachedIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int IMAGE_MEBIBYTES = 100;

  @RegisterExtension private final Scratch scratch = new Scratch();
  private Path disk;
  private PackagedDaemon daemon;

  @BeforeEach
  void startOnLargeSectors() throws Exception {
    LoopFixture below =
        scratch.attach(DataFiles.sparse(scratch.file("disk.img"), 600), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", below.node());
    disk = scratch.mount("disk", below.node());
    daemon = PackagedDaemon.forDevicesOf(scratch, "direct-io=enable");
    daemon.awaitLog(" started, ");
    Recorder.await(TIMEOUT, "a tick", () -> daemon.ask("status").status() == 0);
  }

  private Path image(String name) {
    return DataFiles.sparse(disk.resolve(name), IMAGE_MEBIBYTES);
  }

  private static String attribute(LoopFixture loop, String name) throws IOException {
    return Files.readString(Path.of("/sys/block", loop.name(), name)).strip();
  }

  private static String sectors(LoopFixture loop) throws IOException {
    return attribute(loop, "queue/logical_block_size");
  }

  private static boolean isDirect(LoopFixture loop) throws IOException {
    return attribute(loop, "loop/dio").equals("1");
  }

  private String status(LoopFixture loop) {
    return daemon.ask("status", loop.name()).output();
  }

  /** Attaches while the daemon is stopped, so that something is done before it sees the device. */
  private LoopFixture attachUnseen(Path image, Used used) throws Exception {
    Commands.run("kill", "-STOP", daemon.pid());
    try {
      LoopFixture loop = scratch.attach(image);
      used.by(loop);
      return loop;
    } finally {
      Commands.run("kill", "-CONT", daemon.pid());
    }
  }

  @FunctionalInterface
  private interface Used {
    void by(LoopFixture loop) throws Exception;
  }

  private void assertUntouched(LoopFixture loop, String reason) throws Exception {
    Recorder.await(TIMEOUT, reason, () -> status(loop).contains(reason));
    Thread.sleep(7000); // a blank device waits 5 s
    assertThat(sectors(loop)).isEqualTo("512");
    assertThat(isDirect(loop)).isFalse();
  }

  /** Before this status, a program that has the device open makes fadvised take the change back. */
  private void awaitFitted(LoopFixture loop) throws Exception {
    Recorder.await(
        TIMEOUT,
        "set",
        () ->
            status(loop).contains("sectors set from 512 to 4096 bytes and direct I/O switched on"));
    assertThat(isDirect(loop)).isTrue();
  }

  @Test
  void blankDeviceIsDirectBeforeItsFilesystemIsMade() throws Exception {
    Path image = image("blank.img");
    LoopFixture loop = scratch.attach(image);

    awaitFitted(loop);

    assertThat(sectors(loop)).isEqualTo("4096");
    assertThat(Commands.run("losetup", "-n", "-O", "DIO,LOG-SEC", loop.node()))
        .matches("\\s*1\\s+4096\\s*");
    Commands.run("mkfs.ext4", "-q", loop.node());
    Path volume = scratch.mount("volume", loop.node());
    DataFiles.writeClean(volume.resolve("data"), 20);
    assertThat(DataFiles.residentBytes(image)).isLessThan(DataFiles.MIB);
    assertConsistent(loop, volume);
  }

  @Test
  void filesystemThatTakesTheSectorsIsIntact() throws Exception {
    Path image = image("ext4.img");
    Commands.run("mkfs.ext4", "-q", "-b", "4096", image);
    LoopFixture loop = scratch.attach(image);

    awaitFitted(loop);

    assertThat(sectors(loop)).isEqualTo("4096");
    Path volume = scratch.mount("volume", loop.node());
    DataFiles.writeClean(volume.resolve("data"), 20);
    assertConsistent(loop, volume);
  }

  @Test
  void filesystemWithSmallerBlocksKeepsItsSectors() throws Exception {
    Path image = image("ext4.img");
    Commands.run("mkfs.ext4", "-q", "-b", "1024", image);

    assertUntouched(scratch.attach(image), "ext4 on it supports sectors of at most 1024");
  }

  @Test
  void mountedDeviceKeepsItsSectors() throws Exception {
    Path image = image("mounted.img");
    Commands.run("mkfs.ext4", "-q", "-b", "4096", image);

    LoopFixture loop = attachUnseen(image, used -> scratch.mount("volume", used.node()));

    assertUntouched(loop, "not set yet: mounted on " + scratch.directory("volume"));
  }

  @Test
  void deviceMountedInAnotherNamespaceKeepsItsSectors() throws Exception {
    Path image = image("mounted.img");
    Commands.run("mkfs.ext4", "-q", "-b", "4096", image);
    OtherNamespace other = scratch.namespace();
    Path at = scratch.directory("elsewhere");

    LoopFixture loop = attachUnseen(image, used -> other.run("mount " + used.node() + " " + at));

    assertUntouched(loop, "not set yet: mounted on " + at + " in the mount namespace of ");
    other.run("umount " + at);
  }

  @Test
  void openDeviceKeepsItsSectors() throws Exception {
    LoopFixture loop =
        attachUnseen(
            image("open.img"),
            used -> {
              Process reader =
                  Commands.builder("sh", "-c", "exec sleep 100 < " + used.node()).start();
              scratch.later(() -> reader.destroyForcibly().waitFor());
              while (!Files.readSymbolicLink(Path.of("/proc/" + reader.pid() + "/fd/0"))
                  .equals(used.node())) {
                Thread.sleep(10);
              }
            });

    Recorder.await(TIMEOUT, "named", () -> status(loop).contains("open by sleep (pid"));
    assertUntouched(loop, "not set yet");
  }

  @Test
  void deviceAttachedBeforeTheDaemonStartedKeepsItsSectors() throws Exception {
    LoopFixture loop = scratch.attach(image("old.img"));
    daemon.killAndRestart();
    Recorder.await(TIMEOUT, "status", () -> daemon.ask("status").status() == 0);

    assertUntouched(loop, "sector size 512");
  }

  @Test
  void partitionTableKeepsItsSectors() throws Exception {
    Path image = image("partitions.img");
    Commands.run("sh", "-c", "printf '\\125\\252' | dd conv=notrunc bs=1 seek=510 of=" + image);

    assertUntouched(scratch.attach(image), "a partition table on it");
  }

  /** As if mkfs had asked for the sectors just before they were set. */
  @Test
  void filesystemMadeForSmallerSectorsGetsThemBack() throws Exception {
    Path made = DataFiles.sparse(scratch.file("made.img"), IMAGE_MEBIBYTES);
    Commands.run("mkfs.ext4", "-q", "-b", "1024", made);
    LoopFixture loop = scratch.attach(image("blank.img"));
    awaitFitted(loop);

    Commands.run("dd", "if=" + made, "of=" + loop.node(), "bs=1M", "conv=fsync", "status=none");

    Recorder.await(TIMEOUT, "sectors set back", () -> sectors(loop).equals("512"));
    Path volume = scratch.mount("volume", loop.node());
    DataFiles.writeClean(volume.resolve("data"), 20);
    assertConsistent(loop, volume);
    Recorder.await(
        TIMEOUT,
        "reported",
        () -> status(loop).contains("sectors set back to 512 bytes by fadvised"));
  }

  /** Small filesystems get blocks of 1 KiB, which larger sectors would make useless. */
  @Test
  void volumesThatAreUsedAtOnceAreConsistent() throws Exception {
    Random random = new Random(19);
    for (int round = 0; round < 20; round++) {
      Path image = image("race" + round);
      boolean isNew = round % 2 == 0;
      if (!isNew) {
        Commands.run("mkfs.ext4", "-q", "-b", "4096", image);
      }
      LoopFixture loop = scratch.attach(image);
      Thread.sleep(random.nextInt(150));
      if (isNew) {
        Commands.run("mkfs.ext4", "-q", loop.node());
      }
      Path volume = scratch.mount("volume" + round, loop.node());
      DataFiles.writeClean(volume.resolve("data"), 5);
      assertConsistent(loop, volume);
      loop.detach();
      Files.delete(image);
    }
    assertThat(daemon.isAlive()).isTrue();
    assertThat(daemon.log()).doesNotContain("ERROR").doesNotContain("Exception");
  }

  private void assertConsistent(LoopFixture loop, Path volume) {
    long sum = DataFiles.read(volume.resolve("data"));
    scratch.unmount(volume);
    Commands.run("e2fsck", "-f", "-n", loop.node());
    Commands.run("mount", loop.node(), volume);
    assertThat(DataFiles.read(volume.resolve("data"))).isEqualTo(sum);
    scratch.unmount(volume);
  }
}
