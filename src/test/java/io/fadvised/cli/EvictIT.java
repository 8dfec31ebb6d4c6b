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
  private static final long MAX_LEFT_BYTES = 1L << 20;

  @TempDir private Path directory;
  private LoopDisk disk;
  private Path upper;

  @BeforeEach
  void writeThroughALoopDevice() throws Exception {
    disk = new LoopDisk(directory);
    upper = disk.write("data", 32);
    disk.warmTheLowerCopy();
    assertThat(LoopDisk.residentBytes(disk.image)).isGreaterThan(WRITTEN_BYTES / 2);
  }

  @AfterEach
  void removeIt() throws Exception {
    disk.remove();
  }

  @Test
  void lowerCopyIsEvictedAndUpperCopyStays() throws Exception {
    CommandResult result = Shell.fadvised("evict", disk.name());

    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.out()).startsWith(disk.name() + ": released ");
    assertThat(LoopDisk.residentBytes(disk.image)).isLessThan(MAX_LEFT_BYTES);
    assertNotEvicted(upper, WRITTEN_BYTES);
  }

  @Test
  void mountPointNamesTheDevice() throws Exception {
    assertThat(Shell.fadvised("evict", disk.mountPoint).exitCode()).isZero();

    assertThat(LoopDisk.residentBytes(disk.image)).isLessThan(MAX_LEFT_BYTES);
  }

  @Test
  void reportedResidencyMatchesFincore() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    CommandResult printed = Shell.fadvised("evict", "--json", disk.image);
    Config result = targets(printed).get(0);

    long after = LoopDisk.residentBytes(disk.image);
    assertThat(result.getString("target")).isEqualTo(disk.image.toString());
    assertThat(result.getLong("residentBeforeBytes"))
        .isBetween(before - MAX_LEFT_BYTES, before + MAX_LEFT_BYTES);
    assertThat(result.getLong("residentAfterBytes")).isBetween(0L, after + MAX_LEFT_BYTES);
    assertThat(result.getLong("releasedBytes")).isGreaterThan(WRITTEN_BYTES / 2);
    assertThat(ConfigFactory.parseString(printed.out()).getBoolean("dryRun")).isFalse();
  }

  @Test
  void dryRunEvictsNothing() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    CommandResult result = Shell.fadvised("evict", "--dry-run", "--json", disk.device);

    assertThat(targets(result).get(0).getLong("releasedBytes")).isZero();
    assertThat(ConfigFactory.parseString(result.out()).getBoolean("dryRun")).isTrue();
    assertNotEvicted(disk.image, before);
  }

  @Test
  void dirtyDataIsNotLost() throws Exception {
    Path file = directory.resolve("dirty");
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
  void onlyRegularFilesAreOpened() throws Exception {
    Path fifo = directory.resolve("fifo");
    Path link = Files.createSymbolicLink(directory.resolve("link"), disk.image);
    Shell.run("mkfifo", fifo);
    long before = LoopDisk.residentBytes(disk.image);

    CommandResult result = Shell.fadvised("evict", fifo, link, "/dev/zero", directory);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith(fifo + ": is a FIFO, not a regular file"),
            line -> assertThat(line).endsWith(link + ": is a symbolic link, not a regular file"),
            line ->
                assertThat(line).endsWith("/dev/zero: is a character device, not a regular file"),
            line ->
                assertThat(line)
                    .startsWith("fadvised: " + directory + ": is on ")
                    .endsWith(", not on a loop device"));
    assertThat(result.out()).isEmpty();
    assertNotEvicted(disk.image, before);
  }

  @Test
  void badTargetDoesNotAffectTheOthers() throws Exception {
    CommandResult result = Shell.fadvised("evict", "--json", "/no/such/file", disk.name());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(targets(result).get(0).getString("error")).isEqualTo("no such file");
    assertThat(targets(result).get(1).getLong("releasedBytes")).isGreaterThan(WRITTEN_BYTES / 2);
  }

  @Test
  void statusWithoutADaemonMeasuresTheDeviceAndEvictsNothing() throws Exception {
    long before = LoopDisk.residentBytes(disk.image);

    CommandResult result =
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
        ConfigFactory.parseString(result.out()).getConfigList("devices").stream()
            .filter(each -> each.getString("device").equals(disk.name()))
            .findFirst()
            .orElseThrow();
    assertThat(device.getString("backingFile")).isEqualTo(disk.image.toString());
    assertThat(device.getString("reason")).startsWith("dry run, would evict");
    long after = assertNotEvicted(disk.image, before);
    assertThat(device.getLong("residentBytes"))
        .isBetween(after - MAX_LEFT_BYTES, before + MAX_LEFT_BYTES);
  }

  /**
   * Allows for reclaim: the host may take a few MiB, while an eviction would leave almost nothing.
   */
  private static long assertNotEvicted(Path file, long before) throws Exception {
    long after = LoopDisk.residentBytes(file);
    assertThat(after).isGreaterThan(before / 2);
    return after;
  }

  private static List<? extends Config> targets(CommandResult result) {
    return ConfigFactory.parseString(result.out()).getConfigList("targets");
  }
}
