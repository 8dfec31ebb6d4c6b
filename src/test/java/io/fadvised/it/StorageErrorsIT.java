package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fadvised.engine.DeviceState;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Storage fails below one device; a healthy device must be served. */
@Requires(
    programs = {"mkfs.ext4", "mkfs.xfs", "xfs_io", "fuse2fs", "fincore"},
    files = "/dev/fuse")
@Timeout(60)
class StorageErrorsIT {
  @RegisterExtension final Scratch scratch = new Scratch();

  @Test
  void unreadableDiskDoesNotAffectTheHealthyDevice() throws Exception {
    Path disk = DataFiles.sparse(scratch.file("disk"), 128);
    Path image = DataFiles.writeClean(scratch.filesystem("ext4", disk).resolve("image"), 32);
    LoopFixture loop = scratch.attach(image);
    Commands.run("sync", disk);
    DataFiles.sparse(disk, 1); // cached pages can still be read
    assertThat(DataFiles.residentBytes(image)).isGreaterThan(Bystander.MAX_LEFT_BYTES);

    Bystander bystander = Bystander.sweepWithoutPause(scratch);

    bystander.awaitEvicted(image);
    assertThatThrownBy(() -> DataFiles.read(image)).hasMessageContaining("Input/output error");
    long sweeps = bystander.recorder.sweepsOf(loop.name());
    Recorder.await(
        Bystander.TIMEOUT,
        "swept on",
        () -> bystander.recorder.sweepsOf(loop.name()) > sweeps + 10);
    assertThat(bystander.report(loop).state()).isIn(DeviceState.MANAGED, DeviceState.IDLE);
    assertThat(bystander.recorder.problems).isEmpty();
    bystander.assertServed();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void filesystemThatShutDownDoesNotAffectTheHealthyDevice(String type) throws Exception {
    Path filesystem = scratch.filesystem(type);
    LoopFixture loop = scratch.attach(DataFiles.writeClean(filesystem.resolve("image"), 16));
    Bystander bystander = Bystander.sweepWithoutPause(scratch);
    bystander.awaitManaged(loop);

    Commands.run("xfs_io", "-x", "-c", "shutdown", filesystem); // works for ext4, too

    assertThat(bystander.awaitState(loop, DeviceState.UNREACHABLE)).contains("input/output error");
    bystander.assertServed();
    assertThat(bystander.report(loop).state()).isEqualTo(DeviceState.UNREACHABLE);
  }

  @Test
  void killedFilesystemServerDoesNotAffectTheHealthyDevice() throws Exception {
    UserFilesystem filesystem = UserFilesystem.mount(scratch, "fuse");
    LoopFixture loop = scratch.attach(DataFiles.writeClean(filesystem.root().resolve("image"), 16));
    Bystander bystander = Bystander.sweepWithoutPause(scratch);
    bystander.awaitManaged(loop);

    filesystem.kill();

    assertThat(bystander.awaitState(loop, DeviceState.UNREACHABLE))
        .contains("the filesystem's server is gone");
    bystander.assertServed();
  }
}
