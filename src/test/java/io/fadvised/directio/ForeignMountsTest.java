package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.SysFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignMountsTest {
  @TempDir private Path proc;

  @BeforeEach
  void mountHere() throws IOException {
    process(
        "self",
        "fadvised",
        "mnt:[1]",
        "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
        "30 20 7:3 / /mnt rw shared:5 - ext4 /dev/loop3 rw");
  }

  @AfterEach
  void deleteLinks() {
    SysFixture.deleteTree(proc);
  }

  @Test
  void mountOfAContainerIsNamed() throws IOException {
    process(
        "8",
        "nginx",
        "mnt:[2]",
        "100 99 0:50 / / rw - overlay overlay rw",
        "101 100 7:3 /sub /my\\040data rw master:5 - ext4 /dev/loop3 rw");

    assertThat(of("7:3"))
        .containsExactly("mounted on /my data in the mount namespace of nginx (pid 8)");
  }

  @Test
  void copyThatIsUnmountedTogetherIsIgnored() throws IOException {
    process(
        "9",
        "systemd-udevd",
        "mnt:[3]",
        "200 199 8:1 / / rw shared:90 master:1 - ext4 /dev/sda1 rw",
        "201 200 7:3 / /mnt rw shared:91 master:5 - ext4 /dev/loop3 rw");

    assertThat(of("7:3")).isEmpty();
  }

  @Test
  void privateCopyIsNamed() throws IOException {
    process(
        "9",
        "unshare",
        "mnt:[3]",
        "200 199 8:1 / / rw - ext4 /dev/sda1 rw",
        "201 200 7:3 / /mnt rw - ext4 /dev/loop3 rw");

    assertThat(of("7:3")).hasSize(1);
  }

  @Test
  void processesOfOneNamespaceAreReadOnce() throws IOException {
    for (String pid : new String[] {"10", "11", "12"}) {
      process(
          pid, "worker", "mnt:[4]", "300 299 7:3 / /data rw - ext4 /dev/loop3 rw", "incomplete");
    }

    assertThat(of("7:3")).hasSize(1);
  }

  @Test
  void filesystemWithANumberOfItsOwnIsFoundByItsSource() throws IOException {
    process(
        "8",
        "nginx",
        "mnt:[2]",
        "101 100 0:44 / /data rw - btrfs /dev/loop4 rw",
        "102 100 0:45 / /fake rw - fuse.liar /dev/loop5 rw");

    assertThat(of("/dev/loop4")).hasSize(1);
    assertThat(of("/dev/loop5")).isEmpty();
  }

  @Test
  void overlayOfEachNamespaceIsNamedOnce() throws IOException {
    String overlay = " rw - overlay overlay rw,lowerdir=/my\\040disk/l";
    process(
        "self",
        "fadvised",
        "mnt:[1]",
        "20 1 8:1 / / rw - ext4 /dev/sda1 rw",
        "31 20 0:50 / /here" + overlay);
    process("8", "nginx", "mnt:[2]", "100 99 0:50 / /" + overlay, "101 100 0:51 / /x" + overlay);
    ForeignMounts mounts = new ForeignMounts(proc);

    mounts.find();

    assertThat(mounts.files())
        .extracting(KernelUse::words)
        .containsExactly(
            "layers of the overlay mounted on /here are on it",
            "layers of the overlay mounted on /x in the mount namespace of nginx (pid 8) are on it");
    assertThat(mounts.files()).allMatch(use -> use.isOn("/my disk"));
  }

  private Set<String> of(String device) {
    return new ForeignMounts(proc).find().getOrDefault(device, Set.of());
  }

  private void process(String pid, String name, String namespace, String... mounts)
      throws IOException {
    Path directory = Files.createDirectories(proc.resolve(pid).resolve("ns"));
    Path link = directory.resolve("mnt");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(namespace));
    Files.writeString(directory.resolveSibling("comm"), name + "\n");
    Files.writeString(directory.resolveSibling("mountinfo"), String.join("\n", mounts) + "\n");
  }
}
