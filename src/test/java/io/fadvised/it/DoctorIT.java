package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.doctor.Doctor;
import io.fadvised.doctor.Findings;
import io.fadvised.linux.LinuxDirectIo;
import io.fadvised.linux.PinnedPages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests each cause of missing direct I/O on real devices, and runs the printed fixes. */
@Requires(programs = {"losetup", "mkfs.ext4", "mksquashfs", "fincore"})
class DoctorIT {
  private static final long MIB = 1L << 20;

  @RegisterExtension private final Scratch scratch = new Scratch();

  static DeviceFindings examine(String device) throws IOException, InterruptedException {
    Commands.awaitUdev();
    Findings findings =
        new Doctor(
                new RealHost().forEngine(),
                new LinuxDirectIo(),
                Path.of("/dev"),
                Path.of("/sys"),
                Path.of("/proc"),
                "")
            .examine(Duration.ofSeconds(1), device::equals, soFar -> {});
    assertThat(findings.devices()).hasSize(1);
    return findings.devices().get(0);
  }

  /** Runs the commands of the diagnosis in a shell. */
  private static void fix(DeviceFindings found) {
    Commands.run("sh", "-c", String.join(" && ", found.diagnosis().commands()));
  }

  /** Mounts an ext4 on a device with sectors of 4096 bytes. */
  private Path largeSectors() throws IOException {
    LoopFixture disk =
        scratch.attach(DataFiles.sparse(scratch.file("disk.img"), 400), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", disk.node());
    return scratch.mount("disk", disk.node());
  }

  private static void write(Path file, int mebibytes) {
    Commands.run("dd", "if=/dev/zero", "of=" + file, "bs=1M", "count=" + mebibytes, "conv=fsync");
  }

  /** Detaches a device that a fix has attached again; the fixture does not recognize it. */
  private void detachAtTheEnd(LoopFixture loop, Path backing) {
    scratch.later(
        () -> {
          Path attribute = Path.of("/sys/block", loop.name(), "loop/backing_file");
          if (Files.exists(attribute)
              && Files.readString(attribute).strip().equals(backing.toString())) {
            Commands.run("losetup", "--detach", loop.node());
          }
        });
  }

  @Test
  void sectorSizeMismatchIsNamedAndThePrintedFixWorks() throws Exception {
    Path image = DataFiles.sparse(largeSectors().resolve("volume.img"), 200);
    LoopFixture loop = scratch.attach(image);
    detachAtTheEnd(loop, image);
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("volume", loop.node());
    write(volume.resolve("data"), 32);

    DeviceFindings ill = examine(loop.name());

    assertThat(ill.diagnosis().cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(ill.diagnosis().words()).contains("sector size 512,").contains("requires 4096");
    assertThat(ill.residentBytes()).isGreaterThan(32 * MIB);
    assertThat(ill.attachment().mounts()).hasSize(1);

    fix(ill);

    write(volume.resolve("data"), 32);
    DeviceFindings cured = examine(loop.name());
    assertThat(cured.diagnosis().cause()).as("%s", cured).isEqualTo(Cause.DIRECT);
    assertThat(cured.attachment().mounts()).hasSize(1);
    assertThat(cured.residentBytes()).isLessThan(MIB);
  }

  @ParameterizedTest
  @CsvSource({
    "mkfs.ext4 -q -b 1024, CONTENTS",
    "mkfs.xfs -q, CONTENTS",
    "mkfs.xfs -q -s size=4096, SECTOR_SIZE",
    "mkfs.btrfs -q, SECTOR_SIZE"
  })
  void largerSectorsAreProposedOnlyIfTheFilesystemStillMounts(String make, Cause cause)
      throws Exception {
    Path image = DataFiles.sparse(largeSectors().resolve("volume.img"), 320);
    LoopFixture loop = scratch.attach(image);
    Commands.run("sh", "-c", make + " " + loop.node());
    Path volume = scratch.mount("volume", loop.node());

    DeviceFindings ill = examine(loop.name());

    assertThat(ill.diagnosis().cause()).isEqualTo(cause);
    assertThat(ill.diagnosis().commands().isEmpty()).isEqualTo(cause == Cause.CONTENTS);
    fixIfAny(ill);
    assertThat(Commands.run("findmnt", "--noheadings", "--output", "SOURCE", volume).strip())
        .isEqualTo(loop.node().toString());
  }

  private static void fixIfAny(DeviceFindings found) {
    if (!found.diagnosis().commands().isEmpty()) {
      fix(found);
    }
  }

  @Test
  void fixOfADeletedFileKeepsDataAndMountOptions() throws Exception {
    Path image = DataFiles.sparse(largeSectors().resolve("volume.img"), 64);
    LoopFixture loop = scratch.attach(image);
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("volume", "-o", "noexec,noatime", loop.node());
    write(volume.resolve("data"), 8);
    Files.delete(image);

    fix(examine(loop.name()));

    assertThat(Files.size(volume.resolve("data"))).isEqualTo(8 * MIB);
    assertThat(Commands.run("findmnt", "--noheadings", "--output", "OPTIONS", volume))
        .contains("noexec")
        .contains("noatime");
    assertThat(examine(loop.name()).attachment().device().hasDirectIo()).isTrue();
  }

  @Test
  void fixOfALoopMountLeavesTheDeviceDetachedAtItsLastUnmount() throws Exception {
    Path image = DataFiles.sparse(largeSectors().resolve("volume.img"), 64);
    Commands.run("mkfs.ext4", "-q", "-F", "-b", "4096", image);
    Path volume = scratch.mount("volume", "-o", "loop", image);
    String name = Path.of(deviceOf(image)).getFileName().toString();

    fix(examine(name));

    assertThat(examine(name).attachment().device().hasDirectIo()).isTrue();
    assertThat(examine(name).attachment().autoclear()).isTrue();
    scratch.unmount(volume);
    Recorder.await( // as soon as no other program, such as udev, has it open
        Duration.ofSeconds(20), "detached", () -> deviceOf(image).isEmpty());
  }

  private static String deviceOf(Path image) {
    return Commands.run("losetup", "--noheadings", "--output", "NAME", "--associated", image)
        .strip();
  }

  @Test
  void deviceInUseGetsNoFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("volume", loop.node());
    Path below = Files.createDirectory(volume.resolve("below"));
    Commands.run("mount", "-t", "tmpfs", "tmpfs", below);
    scratch.later(() -> Commands.run("umount", below));

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().commands()).isEmpty();
    assertThat(found.diagnosis().advice()).anyMatch(advice -> advice.contains("tmpfs mounted on"));
  }

  @Test
  void overlayOnItsFilesystemPreventsTheFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("a:volume", loop.node());
    String options = "lowerdir=%s/l,upperdir=%s/u,workdir=%s/w";
    for (String layer : List.of("l", "u", "w")) {
      Files.createDirectory(volume.resolve(layer));
    }
    String escaped = volume.toString().replace(":", "\\:");
    Path overlay =
        scratch.mount(
            "overlay",
            "-t",
            "overlay",
            "overlay",
            "-o",
            options.formatted(escaped, volume, volume));

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().commands()).isEmpty();
    assertThat(found.diagnosis().advice())
        .anyMatch(
            advice ->
                advice.contains("layers of the overlay mounted on " + overlay + " are on it"));

    scratch.unmount(overlay);
    assertThat(examine(loop.name()).diagnosis().commands()).isNotEmpty();
  }

  @Test
  void backingFileOnItsFilesystemPreventsTheFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("volume", loop.node());
    LoopFixture nested = scratch.attach(DataFiles.sparse(volume.resolve("nested.img"), 8));

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().commands()).isEmpty();
    assertThat(found.diagnosis().advice())
        .anyMatch(advice -> advice.contains("the backing file of " + nested.name() + " is on it"));

    nested.detach();
    nested.awaitDetached();
    assertThat(examine(loop.name()).diagnosis().commands()).isNotEmpty();
  }

  @Test
  void deviceThatAProgramHasOpenGetsNoFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Process program = new ProcessBuilder("sleep", "60").redirectInput(loop.node().toFile()).start();
    scratch.later(() -> program.destroyForcibly().waitFor());

    DeviceFindings open = examine(loop.name());

    assertThat(open.diagnosis().commands()).isEmpty();
    assertThat(open.diagnosis().advice())
        .anyMatch(advice -> advice.contains("open by sleep (pid " + program.pid() + ")"));

    program.destroyForcibly().waitFor();
    assertThat(examine(loop.name()).diagnosis().commands()).isNotEmpty();
  }

  @Test
  void mountOfAnotherNamespaceIsNamedAndPreventsTheFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.mount("volume", loop.node());
    OtherNamespace container = scratch.namespace(); // with private copies of all mounts
    container.run("true");

    DeviceFindings held = examine(loop.name());

    assertThat(held.diagnosis().commands()).isEmpty();
    assertThat(held.diagnosis().advice())
        .anyMatch(advice -> advice.contains("mounted on " + volume + " in the mount namespace of"));

    container.end();
    assertThat(examine(loop.name()).diagnosis().commands()).isNotEmpty();
  }

  /** No mount table has such a filesystem, but the kernel holds the device. */
  @Test
  void filesystemThatStaysAfterALazyUnmountPreventsTheFix() throws Exception {
    LoopFixture loop = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Path volume = scratch.directory("volume");
    Commands.run("mount", loop.node(), volume);
    Process program = new ProcessBuilder("sleep", "60").directory(volume.toFile()).start();
    scratch.later(() -> program.destroyForcibly().waitFor());
    Commands.run("umount", "--lazy", volume);

    DeviceFindings held = examine(loop.name());

    assertThat(held.attachment().mounts()).isEmpty();
    assertThat(held.diagnosis().commands()).isEmpty();
    assertThat(held.diagnosis().advice()).anyMatch(advice -> advice.contains("umount --lazy"));

    program.destroyForcibly().waitFor();
    assertThat(examine(loop.name()).diagnosis().commands()).isNotEmpty();
  }

  @Test
  void journalOfAnotherDeviceGetsNoFix() throws Exception {
    Path images = largeSectors();
    LoopFixture journal = scratch.attach(DataFiles.sparse(images.resolve("journal.img"), 16));
    LoopFixture loop = scratch.attach(DataFiles.sparse(images.resolve("volume.img"), 64));
    Commands.run("mke2fs", "-q", "-b", "4096", "-O", "journal_dev", journal.node());
    Commands.run("mke2fs", "-q", "-b", "4096", "-J", "device=" + journal.node(), loop.node());
    scratch.mount("volume", loop.node());

    DeviceFindings found = examine(journal.name());

    assertThat(found.diagnosis().cause()).isEqualTo(Cause.CONTENTS);
    assertThat(found.diagnosis().commands()).isEmpty();
    assertThat(found.diagnosis().words()).contains("an ext4 journal");
  }

  @Test
  void loopDeviceOnTopIsNamedAndPreventsTheFix() throws Exception {
    LoopFixture lower = scratch.attach(DataFiles.sparse(largeSectors().resolve("volume.img"), 64));
    LoopFixture upper = scratch.attach(lower.node());
    Commands.run("mkfs.ext4", "-q", "-b", "4096", upper.node());
    Path volume = scratch.mount("volume", upper.node());

    DeviceFindings found = examine(lower.name());

    assertThat(found.attachment().mounts())
        .extracting(mount -> mount.node() + " on " + mount.point())
        .containsExactly(upper.node() + " on " + volume);
    assertThat(found.diagnosis().commands()).isEmpty();
    assertThat(found.diagnosis().advice())
        .anyMatch(advice -> advice.contains(upper.node() + " on top of it"));
  }

  @Test
  void disabledDirectIoIsEnabledInPlace() throws Exception {
    Path image = DataFiles.sparse(scratch.file("volume.img"), 64);
    LoopFixture loop = scratch.attach(image);

    DeviceFindings ill = examine(loop.name());
    assertThat(ill.diagnosis().cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(ill.storage().orElseThrow().disk()).isPresent();

    fix(ill);

    assertThat(examine(loop.name()).diagnosis().cause()).isEqualTo(Cause.DIRECT);
  }

  @Test
  void cachedFileOfADirectIoDeviceIsNamed() throws Exception {
    Path image = DataFiles.writeClean(scratch.file("volume.img"), 16);
    LoopFixture loop = scratch.attach(image, "--direct-io=on");
    PinnedPages pinned = PinnedPages.of(image);
    scratch.later(pinned::close);

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().cause()).isEqualTo(Cause.DIRECT_BUT_CACHED);
    assertThat(found.diagnosis().words()).contains("16 MiB");
  }

  @Test
  void unalignedOffsetIsNamed() throws Exception {
    Path image = DataFiles.sparse(largeSectors().resolve("volume.img"), 64);
    LoopFixture loop = scratch.attach(image, "--offset", "512");

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().cause()).isEqualTo(Cause.OFFSET);
    assertThat(Commands.attempt("losetup", "--direct-io=on", loop.node()).status()).isNotZero();
  }

  @Test
  void filesystemWithoutDirectIoIsNamed() throws Exception {
    DataFiles.sparse(scratch.directory("source").resolve("volume.img"), 64);
    Path squashed = scratch.file("source.squashfs");
    Commands.run("mksquashfs", scratch.file("source"), squashed, "-quiet", "-no-progress");
    Path mounted = scratch.mount("squashed", "-o", "loop", squashed);
    LoopFixture loop = scratch.attach(mounted.resolve("volume.img"), "--read-only");

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().cause()).isEqualTo(Cause.FILESYSTEM);
    assertThat(found.diagnosis().words()).contains("squashfs").contains("has no direct I/O");
    assertThat(Commands.attempt("losetup", "--direct-io=on", loop.node()).status()).isNotZero();
  }

  @Test
  void imageOnTmpfsGetsNoFix() throws Exception {
    Path memory = scratch.mount("memory", "-t", "tmpfs", "tmpfs");
    LoopFixture loop = scratch.attach(DataFiles.sparse(memory.resolve("volume.img"), 16));

    DeviceFindings found = examine(loop.name());

    assertThat(found.diagnosis().cause()).isEqualTo(Cause.IN_MEMORY);
    assertThat(found.diagnosis().words()).contains("tmpfs");
  }

  @Test
  void lowerFilesystemOfAnOverlayDecides() throws Exception {
    Path image = DataFiles.sparse(scratch.overlay().resolve("volume.img"), 64);
    LoopFixture loop = scratch.attach(image);

    DeviceFindings ill = examine(loop.name());
    assertThat(ill.diagnosis().cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(ill.storage().orElseThrow().filesystem()).isEqualTo("overlay");

    fix(ill);

    assertThat(examine(loop.name()).diagnosis().cause()).isEqualTo(Cause.DIRECT);
  }

  @Test
  void blockDeviceAsBackingFileIsCachedTwiceUntilDirectIoIsOn() throws Exception {
    LoopFixture lower = scratch.attach(DataFiles.sparse(scratch.file("volume.img"), 64));
    LoopFixture upper = scratch.attach(lower.node());

    assertThat(examine(upper.name()).diagnosis().cause()).isEqualTo(Cause.BLOCK_DEVICE);
    assertThat(Cause.BLOCK_DEVICE.isHealthy()).isFalse();
    assertThat(examine(upper.name()).diagnosis().advice().get(0))
        .contains("losetup --direct-io=on " + upper.node());

    Commands.run("losetup", "--direct-io=on", upper.node());

    assertThat(examine(upper.name()).diagnosis().cause()).isEqualTo(Cause.DIRECT);
  }
}
