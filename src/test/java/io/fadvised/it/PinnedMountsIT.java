package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.PinnedMounts;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requires(programs = {"mkfs.ext4", "mkfs.btrfs", "unshare", "nsenter"})
@Timeout(60)
class PinnedMountsIT {
  @RegisterExtension final Scratch scratch = new Scratch();

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "btrfs"})
  void copyOfANamespacePinsAnUnmountedMount(String type) throws Exception {
    Path mounted = scratch.filesystem(type);
    OtherNamespace service = scratch.namespace();
    PinnedMounts mounts = new PinnedMounts(procOf(service));
    assertThat(mounts.find()).isEmpty();

    scratch.unmount(mounted);

    assertThat(mounts.find())
        .extracting(PinnedMounts.Pinned::mountPoint)
        .containsExactly(mounted.toString());
    service.run("umount " + mounted);
    assertThat(mounts.find()).isEmpty();
  }

  @Test
  void ownNamespacePinsNothing() throws Exception {
    scratch.filesystem("ext4");

    assertThat(new PinnedMounts(Path.of("/proc")).find()).isEmpty();
  }

  /** Returns a procfs as seen by a process in that namespace. */
  private Path procOf(OtherNamespace namespace) throws Exception {
    Path proc = scratch.directory("proc");
    Files.createSymbolicLink(proc.resolve("self"), Path.of("/proc/" + namespace.pid()));
    Files.createSymbolicLink(proc.resolve("1"), Path.of("/proc/self"));
    return proc;
  }
}
