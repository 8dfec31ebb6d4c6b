package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fadvised.directio.Cause;
import io.fadvised.directio.CompressedImage;
import io.fadvised.directio.Diagnosis;
import io.fadvised.doctor.Doctor;
import io.fadvised.linux.LinuxDirectIo;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Contents made by their own programs, on a filesystem that requires sectors of 4096 bytes. */
@Requires(programs = {"losetup", "mkfs.ext4", "blkid"})
class ContentsIT {
  private static final int MIB = 1 << 20;

  @RegisterExtension private final Scratch scratch = new Scratch();
  private Path image;

  @BeforeEach
  void createDisk() throws IOException {
    LoopFixture disk =
        scratch.attach(DataFiles.sparse(scratch.file("disk.img"), 500), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", disk.node());
    image = DataFiles.sparse(scratch.mount("disk", disk.node()).resolve("volume.img"), 320);
    Files.write(scratch.directory("files").resolve("text"), new byte[100_000]);
  }

  /** Runs a command on the device, or on {@code image} before it is attached. */
  private LoopFixture made(String program, String command) {
    assumeTrue(Commands.attempt("sh", "-c", "command -v " + program).status() == 0, program);
    boolean makesImage = command.contains("$image");
    if (makesImage) {
      make(command, "");
    }
    LoopFixture loop = scratch.attach(image);
    if (!makesImage) {
      make(command, loop.node().toString());
    }
    return loop;
  }

  private void make(String command, String device) {
    String script = "cd \"$1\" && image=$2 && device=$3 && (" + command + ") 2>&1";
    Commands.run("sh", "-c", script, "make", scratch.directory(), image, device);
  }

  private static Diagnosis examine(LoopFixture loop) throws IOException, InterruptedException {
    Commands.awaitUdev();
    return new Doctor(
            new RealHost().forEngine(),
            new LinuxDirectIo(),
            Path.of("/dev"),
            Path.of("/sys"),
            Path.of("/proc"),
            "")
        .examine(Duration.ofMillis(1), loop.name()::equals, soFar -> {})
        .devices()
        .get(0)
        .diagnosis();
  }

  private static String sectorBytes(LoopFixture loop) {
    return Commands.run("blockdev", "--getss", loop.node());
  }

  private static String typeOf(LoopFixture loop) {
    return Commands.run("blkid", "-p", "-o", "value", "-s", "TYPE", loop.node());
  }

  private static void fix(Diagnosis diagnosis) {
    Commands.run("sh", "-c", String.join(" && ", diagnosis.commands()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mkfs.ext4 | mkfs.ext4 -q -b 4096 $device | ext4",
        "mkfs.xfs | mkfs.xfs -q -s size=4096 $device | xfs",
        "mkfs.btrfs | mkfs.btrfs -q $device | btrfs",
        "mkfs.f2fs | mkfs.f2fs -q $device | ''",
        "mkswap | mkswap $device | ''",
        "mksquashfs | mksquashfs files $image -noappend -noD -noF -quiet | squashfs",
        "mkfs.erofs | mkfs.erofs $image files | erofs"
      })
  void contentThatTakesLargeSectorsIsIntactAfterThePrintedFix(
      String program, String command, String filesystem) throws Exception {
    LoopFixture loop = made(program, command);
    String type = typeOf(loop);

    Diagnosis diagnosis = examine(loop);

    assertThat(diagnosis.cause()).as(diagnosis.words()).isEqualTo(Cause.SECTOR_SIZE);
    fix(diagnosis);
    assertThat(sectorBytes(loop)).isEqualTo("4096");
    assertThat(typeOf(loop)).isEqualTo(type);
    if (!filesystem.isEmpty()) {
      Path mounted = scratch.mount("mounted", "-t", filesystem, "-o", "ro", loop.node());
      Commands.run("find", mounted, "-type", "f", "-exec", "cat", "{}", ";");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mkfs.ext4 | mkfs.ext4 -q -b 1024 $device | ext4 on it supports sectors of at most 1024",
        "mkfs.xfs | mkfs.xfs -q $device | XFS on it supports sectors of at most 512",
        "mkfs.vfat | mkfs.vfat -I $device | FAT on it supports sectors of at most 512",
        "mkfs.exfat | mkfs.exfat $device | exFAT on it supports sectors of at most 512",
        "mkfs.ntfs | mkfs.ntfs -Q -F $device | NTFS on it supports sectors of at most 512",
        "genisoimage | genisoimage -o $image files; truncate -s %4096 $image"
            + " | ISO 9660 on it supports sectors of at most 2048",
        "mkudffs | mkudffs $device | UDF on it is not known",
        "mkfs.nilfs2 | mkfs.nilfs2 -q $image | nilfs2 on it is not known",
        "pvcreate | pvcreate -y $device | LVM on it is not known",
        "make-bcache | make-bcache -B $device | bcache on it is not known",
        "cryptsetup | echo secret123 > key; cryptsetup luksFormat -q --type luks1 -i 1 -d key -l 9 $device"
            + " | LUKS on it is not known",
        "cryptsetup | echo secret123 > key; cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 -i 1 -d key"
            + " -l 9 $device | LUKS on it is not known"
      })
  void contentThatMayNotTakeLargeSectorsGetsNoCommands(String program, String command, String words)
      throws Exception {
    LoopFixture loop = made(program, command);

    Diagnosis diagnosis = examine(loop);

    assertThat(diagnosis.cause()).isEqualTo(Cause.CONTENTS);
    assertThat(diagnosis.words()).contains(words);
    assertThat(diagnosis.commands()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mksquashfs | mksquashfs files $image -noappend -quiet | true",
        "mksquashfs | mksquashfs files $image -noappend -noD -noF -quiet | false",
        "mkfs.erofs | mkfs.erofs -zlz4 $image files | true",
        "mkfs.erofs | mkfs.erofs $image files | false"
      })
  void compressedImageIsHealthyAndKnownToTheDaemon(
      String program, String command, boolean compressed) throws Exception {
    LoopFixture writable = made(program, command);
    LoopFixture loop = scratch.attach(image, "--read-only");

    assertThat(examine(loop).cause() == Cause.COMPRESSED).isEqualTo(compressed);
    assertThat(isKnownToTheDaemon(loop)).isEqualTo(compressed);
    assertThat(isKnownToTheDaemon(writable)).isFalse();
  }

  private static boolean isKnownToTheDaemon(LoopFixture loop) throws Exception {
    RealHost host = new RealHost();
    LoopDevice device = host.device(loop);
    try (BackingFile backing = host.opener.open(device)) {
      return CompressedImage.isOn(device, host.kernel(), backing.file());
    }
  }

  @Test
  void mdSuperblockBehindAFilesystemIsNotOverlooked() throws Exception {
    LoopFixture loop = scratch.attach(image);
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node(), "100M");
    // version 1.0 (md_p.h), with the checksum of a superblock without devices
    String script =
        """
        import struct, sys
        size = 320 << 20
        sb = bytearray(256)
        struct.pack_into("<IIII", sb, 0, 0xa92b4efc, 1, 0, 0)
        struct.pack_into("<Q", sb, 144, (size - 8192) // 512)
        total = sum(struct.unpack("<64I", bytes(sb)))
        struct.pack_into("<I", sb, 216, ((total & 0xffffffff) + (total >> 32)) & 0xffffffff)
        with open(sys.argv[1], "r+b") as device:
            device.seek((size - 8192) & -4096)
            device.write(sb)
        """;
    Commands.run("python3", "-c", script, loop.node());

    Diagnosis diagnosis = examine(loop);

    assertThat(typeOf(loop)).isEqualTo("linux_raid_member");
    assertThat(diagnosis.cause()).isEqualTo(Cause.CONTENTS);
    assertThat(diagnosis.words()).contains("md RAID on it is not known");
  }

  @Test
  void blankDeviceTakesLargeSectorsAndOneWithAnyDataDoesNot() throws Exception {
    LoopFixture loop = scratch.attach(image);
    assertThat(examine(loop).cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(examine(loop).commands()).isNotEmpty();

    Commands.run("dd", "if=/dev/urandom", "of=" + loop.node(), "bs=1k", "count=1", "seek=327000");

    assertThat(examine(loop).words()).contains("not recognised");
    assertThat(examine(loop).commands()).isEmpty();
  }

  @Test
  void ambivalentContentGetsNoCommands() throws Exception {
    LoopFixture loop = scratch.attach(image);
    Commands.run("mkfs.ext4", "-q", "-b", "4096", loop.node());
    Commands.run("sh", "-c", "printf XFSB | dd conv=notrunc of=" + loop.node());

    assertThat(examine(loop).commands()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"512", "2048", "3584"})
  void sizeThatIsNoMultipleOfTheSectorsGetsNoCommands(int bytes) throws Exception {
    Commands.run("mkfs.ext4", "-q", "-b", "4096", image);
    Commands.run("truncate", "--size", 320L * MIB + bytes, image);
    LoopFixture loop = scratch.attach(image);

    Diagnosis diagnosis = examine(loop);

    assertThat(diagnosis.cause()).isEqualTo(Cause.CONTENTS);
    assertThat(diagnosis.words()).contains("is no multiple of 4096");
    assertThat(diagnosis.commands()).isEmpty();
  }
}
