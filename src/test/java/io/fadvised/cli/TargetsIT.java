package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Names of a loop device with a partition, and of a mapped device on one if the kernel has them.
 */
@NeedsLoopDevices
class TargetsIT {
  private static final int SIZE_MIB = 64;
  private static final long FIRST_SECTOR = 2048;
  private static final long SECTORS = SIZE_MIB * 2048L - 2 * FIRST_SECTOR;
  private static final long MAX_LEFT_BYTES = 1L << 20;

  @TempDir private Path directory;
  private Path image;
  private String loop;
  private Path mountPoint;
  private Path inside;

  @BeforeEach
  void make() throws Exception {
    image = directory.resolve("image");
    Shell.run("truncate", "--size", SIZE_MIB + "M", image);
    loop = Shell.run("losetup", "--find", "--show", "--partscan", image);
    mountPoint = Files.createDirectory(directory.resolve("a mount point"));
    Shell.run("addpart", loop, 1, FIRST_SECTOR, SECTORS); // like a partition table
    Shell.run("mkfs.ext4", "-q", loop + "p1");
    Shell.run("mount", loop + "p1", mountPoint);
    inside = Files.createDirectories(mountPoint.resolve("a/b"));
  }

  /** Detaching also removes the partitions of a device that was attached with --partscan. */
  @AfterEach
  void remove() throws Exception {
    try {
      Shell.run("umount", mountPoint);
    } finally {
      Shell.run("losetup", "--detach", loop);
    }
  }

  private String name() {
    return loop.substring("/dev/".length());
  }

  @Test
  void everyNameOfTheDeviceIsAccepted() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("by-ref"), Path.of(loop + "p1"));
    Path node = directory.resolve("node");
    String numbers = Files.readString(Path.of("/sys/class/block", name() + "p1", "dev")).strip();
    int colon = numbers.indexOf(':');
    Shell.run("mknod", node, "b", numbers.substring(0, colon), numbers.substring(colon + 1));
    Path mountLink = Files.createSymbolicLink(directory.resolve("data"), mountPoint);

    for (Object text :
        List.of(name(), name() + "p1", loop + "p1", link, node, mountPoint, inside, mountLink)) {
      assertEvicted(text);
    }
    assertThat(Shell.fadvised("residency", inside).out()).startsWith(inside + ": ");
    assertThat(Shell.fadvised("status", inside).out()).contains("\n" + name() + " ");
    assertThat(Shell.fadvised("doctor", "--seconds", 1, inside, link).out())
        .contains("\n" + name() + ": ")
        .containsOnlyOnce("  backing ");
  }

  @Test
  void mappedDeviceIsTheLoopDeviceBelow() throws Exception {
    assumeThat(Shell.attempt("dmsetup", "version").exitCode()).as("device mapper").isZero();
    Shell.run("umount", mountPoint);
    String mapped = "fadvised-it-" + ProcessHandle.current().pid();
    String table = "0 " + SECTORS + " linear " + loop + "p1 0";
    Shell.run("dmsetup", "create", mapped, "--noudevsync", "--table", table);
    try {
      Shell.run("mount", "/dev/mapper/" + mapped, mountPoint);
      String minor =
          Shell.run("dmsetup", "info", "--columns", "--noheadings", "-o", "minor", mapped);

      for (Object text :
          List.of("/dev/mapper/" + mapped, "dm-" + minor, "/dev/dm-" + minor, mountPoint)) {
        assertEvicted(text);
      }
    } finally {
      Shell.attempt("umount", mountPoint);
      Shell.runWhenFree("dmsetup", "remove", "--noudevsync", mapped);
      Shell.run("mount", loop + "p1", mountPoint);
    }
  }

  private void assertEvicted(Object text) throws Exception {
    Shell.run("dd", "if=" + image, "of=/dev/null", "bs=1M");

    CommandResult evict = Shell.fadvised("evict", text);

    assertThat(evict.out()).as(evict.toString()).startsWith(text + ": released ");
    assertThat(LoopDisk.residentBytes(image)).as("%s", text).isLessThan(MAX_LEFT_BYTES);
  }

  @Test
  void nameOfAnotherDeviceIsAnError() throws Exception {
    CommandResult result = Shell.fadvised("evict", "/proc", "/dev/null", loop + "p2");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.FAILED);
    assertThat(result.err())
        .isEqualTo(
            """
            fadvised: /proc: is on proc mounted at /proc, not on a loop device
            fadvised: /dev/null: is a character device, not a regular file
            fadvised: %sp2: no such device
            """
                .formatted(loop));
  }
}
