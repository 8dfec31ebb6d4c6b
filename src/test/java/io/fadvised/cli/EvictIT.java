package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsLoopDevices
class EvictIT {
  private static final long WRITTEN_BYTES = 32L << 20;
  private static final long NEXT_TO_NOTHING = 1L << 20;

  @TempDir private Path folder;
  private LoopDisk disk;
  private Path upper;

  @BeforeEach
  void writeThroughALoopDevice() throws Exception {
    disk = new LoopDisk(folder);
    upper = disk.write("data", 32);
    disk.warmTheLowerCopy();
    assertThat(LoopDisk.residentBytes(disk.image)).isGreaterThan(WRITTEN_BYTES / 2);
  }

  @AfterEach
  void removeIt() throws Exception {
    disk.remove();
  }

  @Test
  void theLowerCopyLeavesAndTheUpperOneStays() throws Exception {
    Typed typed = Shell.fadvised("evict", disk.name());

    assertThat(typed.exitCode()).as(typed.toString()).isZero();
    assertThat(typed.out()).startsWith(disk.name() + ": released ");
    assertThat(LoopDisk.residentBytes(disk.image)).isLessThan(NEXT_TO_NOTHING);
    assertNotEvicted(upper, WRITTEN_BYTES);
  }

  @Test
  void theDeviceMayBeNamedByWhereItIsMounted() throws Exception {
    assertThat(Shell.fadvised("evict", disk.mountPoint).exitCode()).isZero();

    assertThat(LoopDisk.residentBytes(disk.image)).isLessThan(NEXT_TO_NOTHING);
  }

  @Test
  void whatItReportsIsWhatFincoreSees() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    Typed typed = Shell.fadvised("evict", "--json", disk.image);

    Config result = results(typed).get(0);
    long after = LoopDisk.residentBytes(disk.image);
    assertThat(result.getString("target")).isEqualTo(disk.image.toString());
    assertThat(result.getLong("residentBeforeBytes"))
        .isBetween(before - NEXT_TO_NOTHING, before + NEXT_TO_NOTHING);
    assertThat(result.getLong("residentAfterBytes")).isBetween(0L, after + NEXT_TO_NOTHING);
    assertThat(result.getLong("releasedBytes")).isGreaterThan(WRITTEN_BYTES / 2);
    assertThat(result.getBoolean("dryRun")).isFalse();
  }

  @Test
  void aDryRunLeavesEverything() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    Typed typed = Shell.fadvised("evict", "--dry-run", "--json", disk.device);

    assertThat(results(typed).get(0).getLong("releasedBytes")).isZero();
    assertThat(results(typed).get(0).getBoolean("dryRun")).isTrue();
    assertNotEvicted(disk.image, before);
  }

  @Test
  void dirtyDataIsNeverLost() throws Exception {
    Path file = folder.resolve("dirty");
    byte[] content = new byte[8 << 20];
    java.util.Arrays.fill(content, (byte) 7);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content));
    }

    assertThat(Shell.fadvised("evict", file).exitCode()).isZero();

    assertThat(Files.readAllBytes(file)).isEqualTo(content);
  }

  @Test
  void whatIsNoRegularFileIsNeitherOpenedNorFollowed() throws Exception {
    Path fifo = folder.resolve("fifo");
    Path link = Files.createSymbolicLink(folder.resolve("link"), disk.image);
    Shell.run("mkfifo", fifo);
    long before = LoopDisk.residentBytes(disk.image);

    Typed typed = Shell.fadvised("evict", fifo, link, "/dev/zero", folder);

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(typed.err().lines())
        .containsExactly(
            "fadvised: " + fifo + ": is a FIFO, not a regular file",
            "fadvised: " + link + ": is a symbolic link, not a regular file",
            "fadvised: /dev/zero: is a character device, not a regular file",
            "fadvised: " + folder + ": is a directory, but not a mount point");
    assertThat(typed.out()).isEmpty();
    assertNotEvicted(disk.image, before);
  }

  @Test
  void oneBadTargetCostsOnlyItself() throws Exception {
    Typed typed = Shell.fadvised("evict", "--json", "/no/such/file", disk.name());

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(results(typed).get(0).getString("error")).isEqualTo("no such file");
    assertThat(results(typed).get(1).getLong("releasedBytes")).isGreaterThan(WRITTEN_BYTES / 2);
  }

  @Test
  void aLookOfItsOwnSeesTheDeviceAndEvictsNothing() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    Typed typed =
        Shell.fadvised(
            "status",
            "--json",
            "--set",
            "budget.pressed=0",
            "--set",
            "budget.relaxed=0",
            "--set",
            "devices.overrides=[{ match = \"" + disk.name() + "\", dry-run = false }]");

    Config device =
        results(typed).stream()
            .filter(each -> each.getString("device").equals(disk.name()))
            .findFirst()
            .orElseThrow();
    assertThat(device.getString("backingFile")).isEqualTo(disk.image.toString());
    assertThat(device.getString("reason")).startsWith("dry run, would evict");
    long after = assertNotEvicted(disk.image, before);
    assertThat(device.getLong("residentBytes"))
        .isBetween(after - NEXT_TO_NOTHING, before + NEXT_TO_NOTHING);
  }

  /** An eviction leaves next to nothing; the host itself may reclaim a few MiB at any moment. */
  private static long assertNotEvicted(Path file, long before) throws Exception {
    long after = LoopDisk.residentBytes(file);
    assertThat(after).isGreaterThan(before / 2);
    return after;
  }

  private static List<? extends Config> results(Typed typed) {
    return ConfigFactory.parseString("all = " + typed.out()).getConfigList("all");
  }
}
