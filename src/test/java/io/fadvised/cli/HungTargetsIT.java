package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands beside a filesystem in user space whose server is stopped. */
@NeedsLoopDevices
class HungTargetsIT {
  private static final String HUNG = "not responding for 3 s: its filesystem or disk is hung";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir private Path directory;
  private Path mountPoint;
  private Path file;
  private Process server;
  private String first;
  private String second;
  private LoopDisk well;

  @BeforeEach
  void hang() throws Exception {
    well = new LoopDisk(directory);
    Path image = directory.resolve("fuse.img");
    Shell.run("truncate", "--size", "64M", image);
    Shell.run("mkfs.ext4", "-q", image);
    mountPoint = Files.createDirectory(directory.resolve("fuse"));
    server = new ProcessBuilder("fuse2fs", "-f", image.toString(), mountPoint.toString()).start();
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (Shell.attempt("mountpoint", "--quiet", mountPoint).exitCode() != 0) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
    first = attach("first");
    second = attach("second");
    file = Files.writeString(mountPoint.resolve("file"), "text");
    Shell.run("kill", "-STOP", server.pid());
  }

  private String attach(String name) throws Exception {
    Path image = mountPoint.resolve(name);
    Shell.run("truncate", "--size", "8M", image);
    return Shell.run("losetup", "--find", "--show", image).substring("/dev/".length());
  }

  @AfterEach
  void end() throws Exception {
    Shell.run("kill", "-CONT", server.pid());
    Shell.run("losetup", "--detach", "/dev/" + first);
    Shell.run("losetup", "--detach", "/dev/" + second);
    Shell.runWhenFree("umount", mountPoint); // the kernel detaches a device at its last close
    server.waitFor();
    well.remove();
  }

  @Test
  void doctorReportsHungDevicesAndExaminesTheOthers() throws Exception {
    long from = System.nanoTime();
    CommandResult result = Shell.fadvised("doctor", "--seconds", 1, first, second, well.name());
    Duration took = Duration.ofNanos(System.nanoTime() - from);

    assertThat(result.exitCode()).as(result.toString()).isEqualTo(ExitCodes.NOT_HEALTHY);
    assertThat(result.out().replaceAll("\\s+", " "))
        .contains(HUNG, "its filesystem is not responding", "2 could not be examined");
    assertThat(result.out()).contains("of the backing file");
    assertThat(took).isLessThan(TIMEOUT);
  }

  @Test
  void evictAndResidencyReportHungTargetsAndServeTheOthers() throws Exception {
    for (String command : new String[] {"evict", "residency"}) {
      long from = System.nanoTime();
      CommandResult result = Shell.fadvised(command, first, file, second, well.name());
      Duration took = Duration.ofNanos(System.nanoTime() - from);

      assertThat(result.exitCode()).as(result.toString()).isEqualTo(ExitCodes.FAILED);
      assertThat(result.err().lines())
          .containsExactly(
              "fadvised: " + first + ": " + HUNG,
              "fadvised: " + file + ": skipped: its filesystem is not responding",
              "fadvised: " + second + ": skipped: its filesystem is not responding");
      assertThat(result.out()).startsWith(well.name() + ": ");
      assertThat(took).isLessThan(TIMEOUT);
    }
  }
}
