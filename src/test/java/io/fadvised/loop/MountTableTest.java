package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountTableTest {

  @Test
  void readsMountsWithAnyNumberOfOptionalFields() {
    String text =
        """
        22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
        36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 unbindable - ext3 /dev/root rw
        40 22 0:35 / /run/none rw - tmpfs tmpfs rw,mode=755
        """;

    assertThat(MountTable.parse(text))
        .containsExactly(
            new Mount(
                FileIdentity.encodeDevice(254, 1),
                "/",
                "/",
                "ext4",
                "/dev/vda1",
                "rw,relatime",
                "rw,errors=remount-ro"),
            new Mount(
                FileIdentity.encodeDevice(98, 0),
                "/mnt1",
                "/mnt2",
                "ext3",
                "/dev/root",
                "rw,noatime",
                "rw"),
            new Mount(
                FileIdentity.encodeDevice(0, 35),
                "/",
                "/run/none",
                "tmpfs",
                "tmpfs",
                "rw",
                "rw,mode=755"));
  }

  @ParameterizedTest
  @CsvSource({
    "'/with\\040space', '/with space'",
    "'/tab\\011newline\\012backslash\\134', '/tab\tnewline\nbackslash\\'",
    "'/\\134040', '/\\040'",
    "'/short\\04', '/short\\04'",
    "'/not\\09octal', '/not\\09octal'",
    "'/end\\', '/end\\'",
    "'/\u00c3\u00bc', '/\u00c3\u00bc'",
  })
  void aMountPointIsUnescapedOnce(String escaped, String path) {
    assertThat(MountTable.parse("22 1 8:1 / " + escaped + " rw - ext4 /dev/sda1 rw"))
        .extracting(Mount::mountPoint)
        .containsExactly(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "22 1 8:1 / /x rw shared:1",
        "22 1 8:1 / /x rw -",
        "22 1 8 / /x rw - ext4 /dev/sda1 rw",
        "22 1 8:x / /x rw - ext4 /dev/sda1 rw",
        "22 1 8:1:1 / /x rw - ext4 /dev/sda1 rw",
        "- - - - - - - - -",
      })
  void aLineThatMakesNoSenseIsNoMount(String garbage) {
    assertThat(MountTable.parse(garbage + "\n23 1 8:2 / /ok rw - xfs /dev/sda2 rw\n"))
        .extracting(Mount::mountPoint)
        .containsExactly("/ok");
  }

  @Test
  void aNameMayHoldWhatElsewhereEndsALine() {
    assertThat(MountTable.parse("36 35 8:1 / /a\rb rw - ext4 /dev/sda1 rw\n"))
        .extracting(MountTable.Mount::mountPoint)
        .containsExactly("/a\rb");
  }

  @Test
  void aTypeThatAUserChoseIsPrintable() {
    assertThat(MountTable.parse("36 35 0:45 / /a rw - fuse.\u001b[2J\\040x x rw\n"))
        .extracting(MountTable.Mount::filesystem)
        .containsExactly("fuse.\\u001b[2J x");
  }

  @Test
  void findsTheMountsOfOneFilesystemInTheirOrder(@TempDir Path proc) throws IOException {
    MountTable table = new MountTable(proc, () -> 0);
    assertThatIOException().isThrownBy(() -> table.mountsOf(1));
    Files.createDirectory(proc.resolve("self"));
    Files.writeString(
        proc.resolve("self/mountinfo"),
        """
        22 1 8:1 / / rw - ext4 /dev/sda1 rw
        23 1 8:2 / /other rw - ext4 /dev/sda2 rw
        24 1 8:1 /sub /bind rw - ext4 /dev/sda1 rw
        """);

    assertThat(table.mountsOf(FileIdentity.encodeDevice(8, 1)))
        .extracting(Mount::mountPoint)
        .containsExactly("/", "/bind");
    assertThat(table.mountsOf(FileIdentity.encodeDevice(8, 3))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1:7", "8:-1", "4096:0", "8:1048576", "8:1:1", "8", "99999999999:1"})
  void aNumberThatNoDeviceHasIsNoMount(String number) {
    assertThat(MountTable.parse("36 35 " + number + " / /a rw - ext4 /dev/sda1 rw\n")).isEmpty();
  }

  @Test
  void aMinorBeyond255IsEncodedLikeStatDoes() {
    // stat of a device 259:65537 says 0x10010301; include/linux/kdev_t.h
    assertThat(FileIdentity.encodeDevice(259, 0x10001)).isEqualTo(0x10010301L);
    assertThat(new FileIdentity(0x10010301L, 12)).hasToString("inode 12 on device 259:65537");
  }
}
