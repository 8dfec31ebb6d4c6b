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

/** {@code fadvised residency}, beside fincore(1). */
@NeedsLoopDevices
class ResidencyMapIT {
  private static final long MIB = 1L << 20;

  @TempDir private Path folder;
  private LoopDisk disk;

  @BeforeEach
  void attach() throws Exception {
    disk = new LoopDisk(folder);
    disk.write("data", 32);
    disk.warmTheLowerCopy();
  }

  @AfterEach
  void remove() throws Exception {
    disk.remove();
  }

  @Test
  void itAgreesWithFincoreAndItsCellsCoverTheFile() throws Exception {
    Config found = seenByFincoreToo(disk.image.toString(), disk.image);

    assertThat(found.getLong("residentBytes")).isGreaterThan(32 * MIB);
    List<? extends Config> cells = found.getConfigList("cells");
    assertThat(sum(cells, "length")).isEqualTo(Files.size(disk.image));
    assertThat(sum(cells, "residentBytes")).isEqualTo(found.getLong("residentBytes"));
  }

  @Test
  void ofADeviceItsBackingFileIsShown() throws Exception {
    seenByFincoreToo(disk.name(), disk.image);
  }

  @Test
  void aMapHasACharacterForEachCell() throws Exception {
    Shell.run("sync", disk.image);

    Typed typed = Shell.fadvised("residency", disk.image);

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).contains(" resident").contains("0 B [").contains("each character is");
    assertThat(typed.out()).containsPattern("\\[[ .oO]*O[ .oO]*\\]");
    assertThat(typed.err()).isEmpty();
  }

  @Test
  void whatFincoreCanMeasureItCan() throws Exception {
    Path memory = Files.createDirectory(folder.resolve("memory"));
    Shell.run("mount", "-t", "tmpfs", "tmpfs", memory);
    try {
      Path file = Files.write(memory.resolve("file"), new byte[1 << 20]);
      Path empty = Files.createFile(folder.resolve("empty"));

      seenByFincoreToo(file.toString(), file);
      assertThat(json(empty.toString()).getLong("residentBytes")).isZero();
      Path link = Files.createSymbolicLink(folder.resolve("link"), file);
      seenByFincoreToo(link.toString(), file);
    } finally {
      Shell.run("umount", memory);
    }
  }

  @Test
  void ofAnyOtherBlockDeviceItsOwnPagesAreShown() throws Exception {
    Path node = folder.resolve("node"); // another name, so that no loop device is recognised
    Shell.run("cp", "--archive", disk.device, node);
    long before = json(node.toString()).getLong("residentBytes");

    Shell.run("dd", "if=" + disk.device, "of=/dev/null", "bs=1M", "skip=72", "count=8");

    Config found = json(node.toString());
    assertThat(found.getLong("sizeBytes")).isEqualTo(Files.size(disk.image));
    assertThat(found.getLong("residentBytes") - before).isBetween(7 * MIB, 12 * MIB);
  }

  @Test
  void whatIsNoFileGetsASentenceAndTheOthersAreShown() throws Exception {
    Path fifo = folder.resolve("fifo");
    Shell.run("mkfifo", fifo);

    Typed typed = Shell.fadvised("residency", fifo, disk.image);

    assertThat(typed.exitCode()).isEqualTo(1);
    assertThat(typed.err()).startsWith("fadvised: " + fifo + ": ").doesNotContain("\tat ");
    assertThat(typed.out()).contains("disk with blanks.img");
  }

  /** Between what fincore(1) saw before and after: the filesystem writes its journal meanwhile. */
  private static Config seenByFincoreToo(String target, Path file) throws Exception {
    long before = LoopDisk.residentBytes(file);
    Config found = json(target);
    long after = LoopDisk.residentBytes(file);
    assertThat(found.getLong("residentBytes"))
        .isBetween(Math.min(before, after), Math.max(before, after));
    return found;
  }

  private static Config json(String target) throws IOException, InterruptedException {
    Typed typed = Shell.fadvised("residency", "--json", target);
    assertThat(typed.exitCode()).as(typed.err()).isZero();
    return ConfigFactory.parseString("all = " + typed.out()).getConfigList("all").get(0);
  }

  private static long sum(List<? extends Config> cells, String key) {
    return cells.stream().mapToLong(cell -> cell.getLong(key)).sum();
  }
}
