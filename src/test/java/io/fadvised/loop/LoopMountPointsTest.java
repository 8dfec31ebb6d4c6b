package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoopMountPointsTest {
  @TempDir private Path proc;
  @TempDir private Path sys;

  @Test
  void filesystemsAndPartitionsOfLoopDevicesAreFound() throws IOException {
    mounts(
        "1",
        "7:3 / /srv/web rw - xfs /dev/loop3 rw",
        "259:0 / /srv/part rw - ext4 /dev/loop4p1 rw",
        "0:50 /sub /srv/btrfs rw - btrfs /dev/loop5 rw",
        "8:1 / / rw - ext4 /dev/sda1 rw",
        "7:33 / /srv/named-otherwise rw - ext4 /dev/disk/by-label/x rw");
    link("259:0", "../../devices/virtual/block/loop4/loop4p1");
    link("7:33", "../../devices/virtual/block/loop33");

    assertThat(find())
        .isEqualTo(
            Map.of(
                "loop3", "/srv/web",
                "loop4", "/srv/part",
                "loop5", "/srv/btrfs",
                "loop33", "/srv/named-otherwise"));
  }

  @Test
  void sourceChosenByAUserIsIgnored() throws IOException {
    mounts(
        "1",
        "0:60 / /home/user/mnt rw - fuse.sshfs /dev/loop3 rw",
        "0:61 / /home/user/tmp rw - tmpfs /dev/loop3 rw",
        "7:1 / /srv/partition-1-of-loop0 rw - ext4 /dev/loop1p1 rw");
    link("7:1", "../../devices/virtual/block/loop0/loop0p1");

    assertThat(find()).isEqualTo(Map.of("loop0", "/srv/partition-1-of-loop0"));
  }

  @Test
  void firstPreferredMountPointWins() throws IOException {
    mounts(
        "1",
        "7:3 / /a rw - xfs /dev/loop3 rw",
        "7:3 / /preferred/1 rw - xfs /dev/loop3 rw",
        "7:3 / /preferred/2 rw - xfs /dev/loop3 rw",
        "7:4 / /b rw - xfs /dev/loop4 rw",
        "7:4 / /c rw - xfs /dev/loop4 rw");

    assertThat(find()).isEqualTo(Map.of("loop3", "/preferred/1", "loop4", "/b"));
  }

  @Test
  void mountPointIsPrintable() throws IOException {
    mounts("1", "7:3 / /a\\040b\\012\u00fc\u001b rw - xfs /dev/loop3 rw");

    assertThat(find()).isEqualTo(Map.of("loop3", "/a b\\n\u00fc\\u001b"));
  }

  @Test
  void ownMountsAreReadIfThoseOfTheHostAreNot() throws IOException {
    assertThat(find()).isEmpty();

    mounts("self", "7:3 / /host/srv/web rw - xfs /dev/loop3 rw");

    assertThat(find()).isEqualTo(Map.of("loop3", "/host/srv/web"));
  }

  private Map<String, String> find() {
    return new LoopMountPoints(proc, sys).find(path -> path.startsWith("/preferred"));
  }

  /** Writes lines without the IDs of mounts. */
  private void mounts(String process, String... lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      text.append("30 1 ").append(line.replace(" rw - ", " rw shared:1 - ")).append('\n');
    }
    Path directory = Files.createDirectories(proc.resolve(process));
    Files.writeString(directory.resolve("mountinfo"), text, UTF_8);
  }

  private void link(String number, String target) throws IOException {
    Path directory = Files.createDirectories(sys.resolve("dev/block"));
    Files.createSymbolicLink(directory.resolve(number), Path.of(target));
  }
}
