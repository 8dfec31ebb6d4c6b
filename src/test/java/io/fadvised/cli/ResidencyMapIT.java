package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares {@code fadvised residency} with fincore(1). */
@NeedsLoopDevices
class ResidencyMapIT {
  private static final long MIB = 1L << 20;

  @TempDir private Path directory;
  private LoopDisk disk;

  @BeforeEach
  void attach() throws Exception {
    disk = new LoopDisk(directory);
    disk.write("data", 32);
    disk.warmTheLowerCopy();
  }

  @AfterEach
  void remove() throws Exception {
    disk.remove();
  }

  @Test
  void residencyMatchesFincoreAndCellsCoverTheFile() throws Exception {
    Config found = jsonMatchingFincore(disk.image.toString(), disk.image);

    assertThat(found.getLong("residentBytes")).isGreaterThan(32 * MIB);
    List<? extends Config> cells = found.getConfigList("cells");
    assertThat(sum(cells, "sizeBytes")).isEqualTo(Files.size(disk.image));
    assertThat(sum(cells, "residentBytes")).isEqualTo(found.getLong("residentBytes"));
  }

  @Test
  void deviceShowsItsBackingFile() throws Exception {
    jsonMatchingFincore(disk.name(), disk.image);
  }

  @Test
  void mapHasOneCharacterForEachCell() throws Exception {
    Shell.run("sync", disk.image);

    CommandResult result = Shell.fadvised("residency", disk.image);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains(" resident", " 0 MiB [", "each character is");
    assertThat(result.out().lines().skip(1)).allMatch(line -> line.length() <= 80);
    assertThat(result.out()).containsPattern("\\[[ .oO]*O[ .oO]*\\]");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void tmpfsEmptyFileAndSymbolicLinkMatchFincore() throws Exception {
    Path memory = Files.createDirectory(directory.resolve("memory"));
    Shell.run("mount", "-t", "tmpfs", "tmpfs", memory);
    try {
      Path file = Files.write(memory.resolve("file"), new byte[1 << 20]);
      Path empty = Files.createFile(directory.resolve("empty"));

      jsonMatchingFincore(file.toString(), file);
      assertThat(json(empty.toString()).getLong("residentBytes")).isZero();
      Path link = Files.createSymbolicLink(directory.resolve("link"), file);
      jsonMatchingFincore(link.toString(), file);
    } finally {
      Shell.run("umount", memory);
    }
  }

  @Test
  void copiedNodeStandsForItsLoopDevice() throws Exception {
    Path node = directory.resolve("node");
    Shell.run("cp", "--archive", disk.device, node);

    jsonMatchingFincore(node.toString(), disk.image);
  }

  @Test
  void targetThatIsNotAFileIsReportedAndOthersAreShown() throws Exception {
    Path fifo = directory.resolve("fifo");
    Shell.run("mkfifo", fifo);

    CommandResult result = Shell.fadvised("residency", fifo, disk.image);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("fadvised: " + fifo + ": ").doesNotContain("\tat ");
    assertThat(result.out()).contains("disk with blanks.img");
  }

  /** Allows any size between two runs of fincore(1), because the journal is written meanwhile. */
  private static Config jsonMatchingFincore(String target, Path file) throws Exception {
    long before = LoopDisk.residentBytes(file);
    Config found = json(target);
    long after = LoopDisk.residentBytes(file);
    assertThat(found.getLong("residentBytes"))
        .isBetween(Math.min(before, after), Math.max(before, after));
    return found;
  }

  private static Config json(String target) throws IOException, InterruptedException {
    CommandResult result = Shell.fadvised("residency", "--json", target);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return ConfigFactory.parseString(result.out()).getConfigList("targets").get(0);
  }

  private static long sum(List<? extends Config> cells, String key) {
    return cells.stream().mapToLong(cell -> cell.getLong(key)).sum();
  }
}
