package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.PinnedMounts.Pinned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinnedMountsTest {
  private static final String ROOT = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  private static final String EXT4 = "30 21 7:3 / /mnt/a\\040b rw - ext4 /dev/loop3 rw\n";
  private static final String BTRFS = "31 21 0:50 / /mnt/c rw - btrfs /dev/loop4p1 rw\n";
  private static final String PRIVATE_TMP = "32 21 0:51 / /tmp rw - tmpfs tmpfs rw\n";

  @TempDir private Path proc;

  private void process(String name, String namespace, String mounts) throws IOException {
    Path process = Files.createDirectories(proc.resolve(name));
    Files.createDirectories(process.resolve("ns"));
    Files.createSymbolicLink(process.resolve("ns/mnt"), Path.of("mnt:[" + namespace + "]"));
    Files.writeString(process.resolve("mountinfo"), mounts);
  }

  @Test
  void filesystemMountedOnlyInTheDaemonsNamespaceIsPinned() throws IOException {
    process("1", "1", ROOT);
    process("self", "2", ROOT + EXT4 + BTRFS + PRIVATE_TMP);

    assertThat(new PinnedMounts(proc).find())
        .containsExactly(new Pinned("loop3", "/mnt/a b"), new Pinned("loop4", "/mnt/c"));
  }

  @Test
  void filesystemMountedOnTheHostIsNotPinned() throws IOException {
    process("1", "1", ROOT + EXT4.replace("/mnt/a\\040b", "/elsewhere") + BTRFS);
    process("self", "2", ROOT + EXT4 + BTRFS);

    assertThat(new PinnedMounts(proc).find()).isEmpty();
  }

  @Test
  void daemonInTheHostsNamespacePinsNothing() throws IOException {
    process("1", "1", ROOT);
    process("self", "1", ROOT + EXT4);

    assertThat(new PinnedMounts(proc).find()).isEmpty();
  }

  @Test
  void unreadableProcess1PinsNothing() throws IOException {
    process("self", "2", ROOT + EXT4);

    assertThat(new PinnedMounts(proc).find()).isEmpty();
  }
}
