package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.DeviceState;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loop devices with backing files on different filesystems. */
@Requires(
    programs = {"mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "mksquashfs", "fuse2fs", "fincore"},
    files = "/dev/fuse")
@Timeout(60)
class BackingFilesystemsIT {
  private static final int IMAGE_MIB = 16;

  @RegisterExtension final Scratch scratch = new Scratch();

  @ParameterizedTest
  @CsvSource({
    "ext4, file handle on ext4",
    "xfs, file handle on xfs",
    "btrfs, path",
    "overlayfs, path",
    "squashfs, path",
    "FUSE, path",
  })
  void imageIsEvicted(String filesystem, String way) throws Exception {
    Path image = imageOn(filesystem);
    LoopFixture loop = scratch.attach(image, "--read-only");
    DataFiles.read(image);
    assertThat(DataFiles.residentBytes(image)).isEqualTo(IMAGE_MIB * MIB);

    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    bystander.awaitEvicted(image);
    bystander.awaitSwept(loop);
    DeviceReport report = bystander.report(loop);
    assertThat(report.foundBy()).contains(way);
    assertThat(report.state()).isIn(DeviceState.MANAGED, DeviceState.IDLE);
    assertThat(report.totals().releasedBytes()).isGreaterThan(IMAGE_MIB * MIB / 2);
    bystander.assertServed();
  }

  @Test
  void imageOnTmpfsIsNotEvicted() throws Exception {
    Path image =
        DataFiles.write(scratch.mount("tmpfs", "-t", "tmpfs", "tmpfs").resolve("image"), IMAGE_MIB);
    LoopFixture loop = scratch.attach(image);

    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    assertThat(bystander.awaitState(loop, DeviceState.IN_MEMORY))
        .isEqualTo("the backing file is on tmpfs: its pages are its only copy");
    bystander.assertServed();
    assertThat(DataFiles.residentBytes(image)).isEqualTo(IMAGE_MIB * MIB);
  }

  @Test
  void imageOnTmpfsOfAnotherMountNamespaceIsInMemory() throws Exception {
    Path there = scratch.directory("there");
    OtherNamespace namespace = scratch.namespace();
    namespace.run("mount -t tmpfs tmpfs %s".formatted(there));
    namespace.run(
        "dd if=/dev/zero of=%s/image bs=1M count=%d status=none".formatted(there, IMAGE_MIB));
    LoopFixture loop = scratch.attachIn(namespace, there.resolve("image"));

    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    assertThat(bystander.awaitState(loop, DeviceState.IN_MEMORY)).contains("is on tmpfs");
    bystander.assertServed();
  }

  private Path imageOn(String filesystem) throws Exception {
    return switch (filesystem) {
      case "overlayfs" -> image(scratch.overlay());
      case "FUSE" -> image(UserFilesystem.mount(scratch, "fuse").root());
      case "squashfs" -> {
        image(scratch.directory("content"));
        Path archive = scratch.file("archive");
        Commands.run("mksquashfs", scratch.file("content"), archive, "-quiet", "-no-progress");
        Path mount = scratch.mount("squashed", "-t", "squashfs", scratch.attach(archive).node());
        yield mount.resolve("image");
      }
      default -> image(scratch.filesystem(filesystem));
    };
  }

  private static Path image(Path directory) {
    return DataFiles.writeClean(directory.resolve("image"), IMAGE_MIB);
  }
}
