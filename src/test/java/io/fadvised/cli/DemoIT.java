package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NeedsLoopDevices
class DemoIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private Path output;
  private Path dir;

  @BeforeEach
  void makeDirectories() throws IOException {
    output = directory.resolve("output");
    dir = Files.createDirectory(directory.resolve("dir"));
  }

  @AfterEach
  void assertNothingIsLeft() throws Exception {
    Shell.runWhenFree("sh", "-c", "! losetup --list --noheadings | grep -F \"$0\"", dir);
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(dir.toString());
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void demoShowsAndReleasesTheLowerCopy() throws Exception {
    CommandResult result = Shell.fadvised("demo", "--dir", dir, "--size", "128MiB");

    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("loop device  /dev/loop", "; released ", "Cleaned up", "fadvised run");
    assertThat(result.out().lines()).filteredOn(line -> line.contains("read again  #")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "INT,backing file /",
    "TERM,backing file /",
    "INT,64 MiB",
    "TERM,64 MiB",
    "INT,The engine"
  })
  void interruptedDemoRemovesEverything(String signal, String moment) throws Exception {
    Process demo = Shell.fadvisedInto(output, "demo", "--dir", dir).start();

    await(demo, () -> Files.readString(output).contains(moment));
    Shell.attempt("kill", "-" + signal, demo.pid()); // it may have ended already

    assertThat(demo.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).contains("Cleaned up");
  }

  @ParameterizedTest
  @CsvSource({"INT,mkfs.ext4", "TERM,mkfs.ext4"})
  void demoInterruptedDuringAProgramRemovesEverything(String signal, String program)
      throws Exception {
    ProcessBuilder builder = Shell.fadvisedInto(output, "demo", "--dir", dir);
    builder
        .environment()
        .merge("PATH", slow(program).toString(), (path, ours) -> ours + ":" + path);
    Process demo = builder.start();

    await(demo, () -> Files.exists(directory.resolve("started")));
    Shell.run("kill", "-" + signal, demo.pid());

    assertThat(demo.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).contains("Interrupted", "Cleaned up");
  }

  /** Before Linux 4.4, losetup with --direct-io fails after it has attached the device. */
  @Test
  void demoUsesALoopDeviceWhereTheKernelHasNoDirectIo() throws Exception {
    Path programs = Files.createDirectory(directory.resolve("programs"));
    String losetup = Shell.run("sh", "-c", "command -v losetup").strip();
    script(
        programs.resolve("losetup"),
        losetup
            + " \"$@\" || exit $?; case \"$*\" in *--direct-io*) echo losetup: set direct io failed:"
            + " Invalid argument >&2; exit 1;; esac");
    ProcessBuilder builder = Shell.fadvisedInto(output, "demo", "--dir", dir, "--size", "64MiB");
    builder.environment().merge("PATH", programs.toString(), (path, ours) -> ours + ":" + path);

    Process demo = builder.start();

    assertThat(demo.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isZero();
    assertThat(Files.readString(output))
        .contains("loop device  /dev/loop", "Cleaned up")
        .doesNotContain("plain file");
  }

  @ParameterizedTest
  @CsvSource({"losetup", "mkfs.ext4", "mount"})
  void failingProgramIsReportedAndAPlainFileIsUsed(String program) throws Exception {
    Path programs = Files.createDirectory(directory.resolve("programs"));
    script(programs.resolve(program), "echo nothing doing; exit 1");
    ProcessBuilder builder = Shell.fadvisedInto(output, "demo", "--dir", dir);
    builder.environment().merge("PATH", programs.toString(), (path, ours) -> ours + ":" + path);

    Process demo = builder.start();

    assertThat(demo.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    if (!program.equals("losetup")) { // losetup is needed to clean up
      assertThat(demo.exitValue()).isZero();
    }
    assertThat(Files.readString(output)).contains("nothing doing", "plain file", "released");
  }

  @Test
  void tmpfsIsReplacedByAnotherDirectory() throws Exception {
    CommandResult result = Shell.fadvised("demo", "--dir", "/dev/shm", "--size", "64MiB");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("/dev/shm is on tmpfs", "Cleaned up");
  }

  @Test
  void missingDirectoryIsAUsageError() throws Exception {
    CommandResult result =
        Shell.fadvised("demo", "--dir", dir.resolve("missing"), "--size", "64MiB");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--dir " + dir.resolve("missing") + " is not a directory");
    assertThat(result.out()).isEmpty();
  }

  /** Returns a PATH directory with a program that never ends. */
  private Path slow(String program) throws IOException {
    Path programs = Files.createDirectory(directory.resolve("programs"));
    script(
        programs.resolve(program), "touch '" + directory.resolve("started") + "'; exec sleep 60");
    return programs;
  }

  private static void script(Path file, String commands) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + commands + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Process process, Condition condition) throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.holds() && process.isAlive()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }
}
