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
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private Path output;
  private Path dir;

  @BeforeEach
  void makeFolders() throws IOException {
    output = folder.resolve("output");
    dir = Files.createDirectory(folder.resolve("dir"));
  }

  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    assertThat(Shell.run("losetup", "--list", "--noheadings", "--output", "BACK-FILE"))
        .doesNotContain(dir.toString());
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(dir.toString());
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void theLowerCopyIsShownAndReleased() throws Exception {
    Typed typed = Shell.fadvised("demo", "--dir", dir, "--size", "128MiB");

    assertThat(typed.exitCode()).as(typed.toString()).isZero();
    assertThat(typed.err()).isEmpty();
    assertThat(typed.out())
        .contains("loop device  /dev/loop", "; released ", "Cleaned up", "fadvised run");
    assertThat(typed.out().lines()).filteredOn(line -> line.contains("read again  #")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "INT,backing file /",
    "TERM,backing file /",
    "INT,64 MiB",
    "TERM,64 MiB",
    "INT,The engine"
  })
  void whoInterruptsItFindsNothingLeft(String signal, String moment) throws Exception {
    Process demo = Shell.fadvisedInto(output, "demo", "--dir", dir).start();

    await(demo, () -> Files.readString(output).contains(moment));
    Shell.attempt("kill", "-" + signal, demo.pid()); // it may just have ended

    assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).contains("Cleaned up");
  }

  @ParameterizedTest
  @CsvSource({"INT,mkfs.ext4", "TERM,mkfs.ext4"})
  void whoInterruptsItInAProgramOfTheHostFindsNothingLeft(String signal, String program)
      throws Exception {
    ProcessBuilder builder = Shell.fadvisedInto(output, "demo", "--dir", dir);
    builder
        .environment()
        .merge("PATH", slow(program).toString(), (path, ours) -> ours + ":" + path);
    Process demo = builder.start();

    await(demo, () -> Files.exists(folder.resolve("started")));
    Shell.run("kill", "-" + signal, demo.pid());

    assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).contains("Interrupted", "Cleaned up");
  }

  @ParameterizedTest
  @CsvSource({"losetup", "mkfs.ext4", "mount"})
  void whereAProgramFailsThatIsSaidAndAPlainFileTakesOver(String program) throws Exception {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    script(programs.resolve(program), "echo nothing doing; exit 1");
    ProcessBuilder builder = Shell.fadvisedInto(output, "demo", "--dir", dir);
    builder.environment().merge("PATH", programs.toString(), (path, ours) -> ours + ":" + path);

    Process demo = builder.start();

    assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    if (!program.equals("losetup")) { // that one is also what cleans up
      assertThat(demo.exitValue()).isZero();
    }
    assertThat(Files.readString(output)).contains("nothing doing", "plain file", "released");
  }

  @Test
  void aFolderInMemoryIsNotUsed() throws Exception {
    Typed typed = Shell.fadvised("demo", "--dir", "/dev/shm", "--size", "64MiB");

    assertThat(typed.exitCode()).isZero();
    assertThat(typed.out()).contains("/dev/shm is on tmpfs", "Cleaned up");
  }

  @Test
  void aFolderThatIsNotThereIsNotReplacedByAnother() throws Exception {
    Typed typed = Shell.fadvised("demo", "--dir", dir.resolve("missing"), "--size", "64MiB");

    assertThat(typed.exitCode()).isEqualTo(2);
    assertThat(typed.err()).contains("--dir " + dir.resolve("missing") + " is not a directory");
    assertThat(typed.out()).isEmpty();
  }

  /** A program that never ends. */
  private Path slow(String program) throws IOException {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    script(programs.resolve(program), "touch '" + folder.resolve("started") + "'; exec sleep 60");
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
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds() && process.isAlive()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }
}
