package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests filesystems where direct I/O is possible but not to be switched on. */
@Requires(
    programs = {"losetup", "mkfs.btrfs", "chattr", "fuse2fs", "fincore"},
    files = "/dev/fuse")
class StorageIT {
  @RegisterExtension private final Scratch scratch = new Scratch();

  private Diagnosis diagnose(Path image) throws Exception {
    return DoctorIT.examine(scratch.attach(image).name()).diagnosis();
  }

  @Test
  void checksummedFileOnBtrfsGetsAFixOnlyIfItIsNotWritten() throws Exception {
    Path image = DataFiles.sparse(scratch.filesystem("btrfs").resolve("volume.img"), 64);

    Diagnosis written = diagnose(image);
    Diagnosis read = DoctorIT.examine(scratch.attach(image, "--read-only").name()).diagnosis();

    assertThat(written.cause()).isEqualTo(Cause.READS_ONLY);
    assertThat(written.commands()).isEmpty();
    assertThat(read.cause()).isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void fileWithoutChecksumsOnBtrfsIsSwitchedOnAndNotCached() throws Exception {
    Path image = scratch.filesystem("btrfs").resolve("volume.img");
    Commands.run("touch", image);
    Commands.run("chattr", "+C", image);
    LoopFixture loop = scratch.attach(DataFiles.sparse(image, 64));
    Diagnosis found = DoctorIT.examine(loop.name()).diagnosis();
    assertThat(found.cause()).isEqualTo(Cause.SWITCHED_OFF);

    Commands.run("sh", "-c", String.join(" && ", found.commands()));
    Commands.run("dd", "if=/dev/zero", "of=" + loop.node(), "bs=1M", "count=32", "conv=fsync");

    assertThat(DataFiles.residentBytes(image)).isLessThan(DataFiles.MIB);
  }

  @Test
  void fileWithoutChecksumsOnMirroredBtrfsGetsNoFix() throws Exception {
    LoopFixture one = scratch.attach(DataFiles.sparse(scratch.file("one"), 256));
    LoopFixture two = scratch.attach(DataFiles.sparse(scratch.file("two"), 256));
    Commands.run("mkfs.btrfs", "-q", "-d", "raid1", "-m", "raid1", one.node(), two.node());
    Path image = scratch.mount("mirror", one.node()).resolve("volume.img");
    Commands.run("touch", image);
    Commands.run("chattr", "+C", image);

    Diagnosis found = diagnose(DataFiles.sparse(image, 64));

    assertThat(found.cause()).isEqualTo(Cause.READS_ONLY);
    assertThat(found.commands()).isEmpty();
  }

  @Test
  void fileOnAnOverlayOverTmpfsIsItsOnlyCopy() throws Exception {
    Path memory = scratch.mount("memory", "-t", "tmpfs", "tmpfs");
    for (String layer : List.of("lower", "upper", "work")) {
      Files.createDirectory(memory.resolve(layer));
    }
    String options = "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work".formatted(memory);
    Path merged = scratch.mount("merged", "-t", "overlay", "overlay", "-o", options);

    Diagnosis found = diagnose(DataFiles.writeClean(merged.resolve("volume.img"), 16));

    assertThat(found.cause()).isEqualTo(Cause.IN_MEMORY);
    assertThat(found.words()).contains("overlay over tmpfs");
  }

  @Test
  void fileOnFuseGetsNoFix() throws Exception {
    Path root = UserFilesystem.mount(scratch, "fuse").root();

    Diagnosis found = diagnose(DataFiles.sparse(root.resolve("volume.img"), 16));

    assertThat(found.cause()).isEqualTo(Cause.ALIGNMENT);
    assertThat(found.words()).contains("fuse").contains("is unknown");
    assertThat(found.commands()).isEmpty();
  }
}
