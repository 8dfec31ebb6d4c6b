package io.fadvised.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.it.Commands.Outcome;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cures a device with sectors of 512 bytes, whose backing filesystem needs 4096. */
@Requires(programs = {"losetup", "mkfs.ext4", "fincore", "findmnt", "sha256sum"})
class CureIT {
  private static final long MIB = 1L << 20;

  @RegisterExtension private final Scratch scratch = new Scratch();
  private Path image;
  private LoopFixture loop;
  private Path volume;
  private String sum;
  private String mounted;

  @BeforeEach
  void makeADeviceThatIsCachedTwice() throws IOException {
    LoopFixture disk =
        scratch.attach(DataFiles.sparse(scratch.file("disk.img"), 300), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", disk.node());
    image = DataFiles.sparse(scratch.mount("disk", disk.node()).resolve("a volume.img"), 200);
    loop = scratch.attach(image);
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    volume = scratch.mount("volume", "-o", "noexec,noatime", loop.node());
    Commands.run(
        "dd", "if=/dev/urandom", "of=" + volume.resolve("data"), "bs=1M", "count=48", "conv=fsync");
    sum = checksum();
    mounted = mount();
    assertThat(mounted).contains("noexec").contains("noatime");
  }

  private static Outcome cure(Object... arguments) {
    List<Object> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("fadvised.home"), "bin", "fadvised"), "cure"));
    command.addAll(Arrays.asList(arguments));
    Commands.awaitUdev();
    return Commands.attempt(command.toArray());
  }

  private String checksum() {
    return Commands.run("sha256sum", volume.resolve("data"));
  }

  private String mount() {
    return Commands.run(
        "findmnt", "--noheadings", "--output", "SOURCE,OPTIONS,PROPAGATION", volume);
  }

  private long lowerCacheBytes() {
    return Long.parseLong(
        Commands.run("fincore", "--bytes", "--noheadings", "--output", "RES", image).strip());
  }

  private String attribute(String name) throws IOException {
    return Files.readString(Path.of("/sys/block", loop.name(), name)).strip();
  }

  private void assertAsBefore() throws IOException {
    assertThat(mount()).isEqualTo(mounted);
    assertThat(attribute("loop/dio")).isEqualTo("0");
    assertThat(attribute("queue/logical_block_size")).isEqualTo("512");
    assertThat(checksum()).isEqualTo(sum);
  }

  private void assertCured(Outcome outcome) throws IOException {
    assertThat(outcome.status()).as("%s", outcome).isZero();
    assertThat(attribute("loop/dio")).isEqualTo("1");
    assertThat(attribute("queue/logical_block_size")).isEqualTo("4096");
    assertThat(mount()).isEqualTo(mounted);
    assertThat(checksum()).isEqualTo(sum);
    assertThat(lowerCacheBytes()).isLessThan(MIB);
  }

  @Test
  void curedDeviceIsMountedAsBeforeWithItsData() throws IOException {
    assertThat(lowerCacheBytes()).isGreaterThan(32 * MIB);

    Outcome outcome = cure("--yes", loop.name());

    assertCured(outcome);
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.output()).contains(loop.name() + ": cured: direct I/O is on");
    Outcome again = cure("--yes", volume);
    assertThat(again.status()).isZero();
    assertThat(again.output()).startsWith(loop.name() + ": nothing to cure");
  }

  @Test
  void daemonThatSweepsTheDeviceDoesNotPreventTheCure() throws Exception {
    PackagedDaemon daemon = PackagedDaemon.withZeroBudget(scratch);
    daemon.awaitLog(" started, ");
    Recorder.await(Duration.ofSeconds(20), "evicted", () -> lowerCacheBytes() < MIB);

    Outcome outcome = cure("--yes", loop.name());

    assertCured(outcome);
    Recorder.await(
        Duration.ofSeconds(20),
        "direct",
        () -> daemon.ask("status", loop.name()).output().matches("(?s).* direct .*"));
    assertThat(daemon.isAlive()).isTrue();
    assertThat(daemon.log()).doesNotContain("ERROR").doesNotContain("Exception");
  }

  @Test
  void watchComparesBeforeAndAfter() throws IOException {
    Outcome outcome = cure("--yes", "--watch", "--seconds", "1", loop.name());

    assertCured(outcome);
    assertThat(outcome.output())
        .startsWith(loop.name() + ": watching for 1 s\n")
        .doesNotContain("stop the programs now")
        .containsPattern("The\\s+speed\\s+of\\s+" + loop.name() + "\\s+is\\s+not\\s+compared")
        .containsPattern("available memory +[0-9.]+ .iB +[0-9.]+ .iB")
        .containsPattern("lower cache of " + loop.name() + " +[0-9.]+ MiB +[0-9.]+ K?i?B")
        .contains(loop.name() + ": direct I/O was switched on, with sectors of 4096 bytes.")
        .containsPattern("(?i)lower\\s+cache\\s+of\\s+" + loop.name() + "\\s+fell\\s+from");
  }

  @Test
  void planAndMissingTerminalChangeNothing() throws IOException {
    Outcome planned = cure("--plan", loop.name());
    Outcome unasked = cure(loop.name());

    assertThat(planned.status()).isZero();
    assertThat(planned.output()).contains("losetup --sector-size 4096 " + loop.node());
    assertThat(unasked.status()).isEqualTo(1);
    assertThat(unasked.errors()).contains("cure needs --yes");
    assertAsBefore();
  }

  @Test
  void busyMountPointIsLeftMounted() throws IOException {
    try (var open = Files.newInputStream(volume.resolve("data"))) {
      Outcome outcome = cure("--yes", loop.name());

      assertThat(outcome.status()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.errors()).contains("busy").contains("everything is as before");
      assertThat(outcome.output()).doesNotContain("busy");
      assertThat(open.read()).isNotNegative();
    }
    assertAsBefore();
  }

  @ParameterizedTest
  @CsvSource({"losetup, --direct-io=on", "mount, -t"})
  void failingStepLeavesEverythingMountedAsBefore(String name, String argument) throws IOException {
    Path marker = scratch.file("failed");
    Path program = scratch.directory("bin").resolve(name);
    String real = Commands.run("which", name).strip();
    Files.writeString(
        program,
        """
        #!/bin/sh
        # knows --direct-io and --sector-size
        if [ "$1" = '%s' ] && [ ! -e '%s' ]; then
          touch '%s'; echo 'made to fail' >&2; exit 32
        fi
        exec %s "$@"
        """
            .formatted(argument, marker, marker, real));

    Outcome outcome = cureWith(program);

    assertThat(outcome.status()).as("%s", outcome).isEqualTo(1);
    assertThat(outcome.output()).contains("Taking the earlier steps back");
    assertThat(outcome.errors()).contains("made to fail").contains("everything is as before");
    assertAsBefore();
  }

  @Test
  void deviceMountedInAnotherNamespaceIsNotChanged() throws IOException {
    scratch.namespace().run("true"); // has a copy of the mount

    Outcome outcome = cure("--yes", loop.name());

    assertThat(outcome.status()).as("%s", outcome).isIn(1, 3);
    assertAsBefore();
  }

  @Test
  void deviceWithABindMountOfADirectoryIsNotChanged() throws IOException {
    Path part = scratch.directory("part");
    Commands.run("mount", "--bind", Files.createDirectory(volume.resolve("sub")), part);
    scratch.later(() -> Commands.run("umount", part));

    Outcome outcome = cure("--yes", loop.name());

    assertThat(outcome.status()).as("%s", outcome).isEqualTo(3);
    assertThat(outcome.errors())
        .contains("its bind mounts cannot be made again; unmount them first: " + part);
    assertAsBefore();
  }

  @Test
  void sharedMountIsSharedAfterTheCure() throws IOException {
    Commands.run("mount", "--make-shared", volume);
    mounted = mount();
    assertThat(mounted).contains("shared");

    assertCured(cure("--yes", loop.name()));
  }

  @Test
  void deviceWithAReadOnlyAndAWritableMountIsNotChanged() throws IOException {
    Path readOnly = scratch.mount("read-only", "--bind", volume);
    Commands.run("mount", "-o", "remount,bind,ro", readOnly);

    Outcome outcome = cure("--yes", loop.name());

    assertThat(outcome.status()).as("%s", outcome).isEqualTo(3);
    assertThat(outcome.errors())
        .contains("read-only on " + readOnly + " and read-write on " + volume);
    assertThat(readOnly.resolve("data")).exists();
    assertAsBefore();
  }

  /** Cures the device with a program that comes first in PATH. */
  private Outcome cureWith(Path program) throws IOException {
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Commands.awaitUdev();
    return Commands.attempt(
        "env",
        "PATH=" + program.getParent() + ":" + System.getenv("PATH"),
        Path.of(System.getProperty("fadvised.home"), "bin", "fadvised"),
        "cure",
        "--yes",
        loop.name());
  }

  /** As a container that starts between two steps. */
  @Test
  void namespaceThatLivesForAMomentDoesNotPreventTheCure() throws Exception {
    Path program = scratch.directory("bin").resolve("umount");
    Files.writeString(
        program,
        "#!/bin/sh\nunshare --mount sleep 2 >/dev/null 2>&1 &\nsleep 0.3\nexec %s \"$@\"\n"
            .formatted(Commands.run("which", "umount").strip()));

    Outcome outcome = cureWith(program);

    assertCured(outcome);
  }

  @Test
  void signalInTheMiddleTakesEverythingBack() throws Exception {
    Path bin = scratch.directory("bin");
    Path started = scratch.file("started");
    Path program = bin.resolve("losetup");
    Files.writeString(
        program,
        "#!/bin/sh\n# knows --sector-size\n[ \"$1\" != --direct-io=on ] || { touch '%s'; sleep 1; }\nexec %s \"$@\"\n"
            .formatted(started, Commands.run("which", "losetup").strip()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path output = scratch.file("output");
    ProcessBuilder builder =
        Commands.builder(
                Path.of(System.getProperty("fadvised.home"), "bin", "fadvised"),
                "cure",
                "--yes",
                loop.name())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    Process process = builder.start();
    while (!Files.exists(started) && process.isAlive()) {
      Thread.sleep(10);
    }
    process.destroy(); // SIGTERM

    assertThat(process.waitFor()).as("%s", Files.readString(output)).isEqualTo(130);
    assertThat(Files.readString(output))
        .contains("stopped by SIGTERM")
        .contains("everything is as before");
    assertAsBefore();
  }

  @Test
  void deviceDetachedAtItsLastUnmountIsMountedAsBefore() throws IOException {
    Commands.run("losetup", "--detach", loop.node()); // at the last unmount, since it is mounted
    assertThat(attribute("loop/autoclear")).isEqualTo("1");
    loop.adopt();

    Outcome outcome = cure("--yes", loop.name());
    loop.adopt();

    assertCured(outcome);
    assertThat(attribute("loop/autoclear")).isEqualTo("1");
  }

  @Test
  void mountedDeviceIsHeld() throws IOException {
    LinuxDirectIo directIo = new LinuxDirectIo();
    byte[] node = loop.node().toString().getBytes(UTF_8);

    assertThat(directIo.isHeld(node)).isTrue();
    scratch.unmount(volume);
    assertThat(directIo.isHeld(node)).isFalse();
  }
}
