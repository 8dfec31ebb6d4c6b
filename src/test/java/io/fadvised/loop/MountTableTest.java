package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountTableTest {

  @Test
  void mountMayHaveAnyNumberOfOptionalFields() {
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
                "rw,errors=remount-ro",
                "22",
                "1",
                List.of("shared:1")),
            new Mount(
                FileIdentity.encodeDevice(98, 0),
                "/mnt1",
                "/mnt2",
                "ext3",
                "/dev/root",
                "rw,noatime",
                "rw",
                "36",
                "35",
                List.of("master:1", "propagate_from:2", "unbindable")),
            new Mount(
                FileIdentity.encodeDevice(0, 35),
                "/",
                "/run/none",
                "tmpfs",
                "tmpfs",
                "rw",
                "rw,mode=755",
                "40",
                "22",
                List.of()));
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
  void mountPointIsUnescapedOnce(String escaped, String path) {
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
  void malformedLineIsIgnored(String garbage) {
    assertThat(MountTable.parse(garbage + "\n23 1 8:2 / /ok rw - xfs /dev/sda2 rw\n"))
        .extracting(Mount::mountPoint)
        .containsExactly("/ok");
  }

  @Test
  void nameMayContainOtherLineTerminators() {
    assertThat(MountTable.parse("36 35 8:1 / /a\rb rw - ext4 /dev/sda1 rw\n"))
        .extracting(MountTable.Mount::mountPoint)
        .containsExactly("/a\rb");
  }

  @Test
  void filesystemTypeIsEscaped() {
    assertThat(MountTable.parse("36 35 0:45 / /a rw - fuse.\u001b[2J\\040x x rw\n"))
        .extracting(MountTable.Mount::filesystem)
        .containsExactly("fuse.\\u001b[2J x");
  }

  @Test
  void mountsOfAFilesystemAreInTableOrder(@TempDir Path proc) throws IOException {
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

  /** A table of one mount with its own clock and a counter of reads. */
  private static final class CountedTable {
    private String text = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
    private boolean changed;
    private long nanos;
    private int reads;
    private final MountTable table = new MountTable(this::read, () -> nanos, this::takeChange);

    private String read() {
      reads++;
      return text;
    }

    private boolean takeChange() {
      boolean taken = changed;
      changed = false;
      return taken;
    }

    private int mountsAfter(Duration time, long device) throws IOException {
      nanos += time.toNanos();
      return table.mountsOf(device).size();
    }
  }

  private static final long DISK = FileIdentity.encodeDevice(8, 1);
  private static final long NOT_MOUNTED = FileIdentity.encodeDevice(0, 42);

  @Test
  void unchangedTableIsReadOnceForMountedAndUnmountedFilesystems() throws IOException {
    CountedTable counted = new CountedTable();

    for (int i = 0; i < 20; i++) {
      assertThat(counted.mountsAfter(Duration.ofSeconds(1), DISK)).isEqualTo(1);
      assertThat(counted.mountsAfter(Duration.ZERO, NOT_MOUNTED)).isZero();
      assertThat(counted.table.covering("/a")).isPresent();
    }

    assertThat(counted.reads).isEqualTo(1);
  }

  @Test
  void unchangedTableIsReadAgainAfterHalfAMinute() throws IOException {
    CountedTable counted = new CountedTable();
    counted.mountsAfter(Duration.ZERO, DISK);

    counted.mountsAfter(Duration.ofSeconds(31), DISK);

    assertThat(counted.reads).isEqualTo(2);
  }

  @Test
  void changingTableIsReadAtMostOnceASecond() throws IOException {
    CountedTable counted = new CountedTable();

    for (int i = 0; i < 100; i++) {
      counted.changed = true;
      counted.mountsAfter(Duration.ofMillis(100), NOT_MOUNTED);
    }

    assertThat(counted.reads).isBetween(9, 11);
  }

  @Test
  void newMountIsFoundOneSecondAfterTheLastRead() throws IOException {
    CountedTable counted = new CountedTable();
    counted.mountsAfter(Duration.ZERO, NOT_MOUNTED);
    counted.text += "23 22 0:42 / /data rw - btrfs /dev/sdb rw\n";
    counted.changed = true;

    assertThat(counted.mountsAfter(Duration.ofMillis(1100), NOT_MOUNTED)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "/a, /",
    "/data/a, /data",
    "/data, /data",
    "/database/a, /",
    "/data/with space/a, /data/with space",
    "/data/with space/x/y/a, /data/with space",
    "/, /",
  })
  void pathIsCoveredByItsNearestParentMount(String path, String mountPoint) throws IOException {
    MountTable table =
        new MountTable(
            () ->
                """
                22 1 8:1 / / rw - ext4 /dev/sda1 rw
                23 22 0:42 / /data rw - btrfs /dev/sdb rw
                24 23 0:43 / /data/with\\040space rw - nfs host:/x rw
                """,
            () -> 0,
            () -> false);

    assertThat(table.covering(path)).map(Mount::mountPoint).hasValue(mountPoint);
  }

  @Test
  void pathIsCoveredByTheTopmostOfSeveralMounts() throws IOException {
    MountTable table =
        new MountTable(
            () ->
                """
                22 1 8:1 / / rw - ext4 /dev/sda1 rw
                23 22 8:2 / /data rw - ext4 /dev/sda2 rw
                24 23 8:3 / /data rw - ext4 /data rw
                """,
            () -> 0,
            () -> false);

    assertThat(table.covering("/data/a"))
        .map(Mount::device)
        .hasValue(FileIdentity.encodeDevice(8, 3));
    assertThat(table.covering("data/a")).isEmpty();
    assertThat(table.mountsOf(FileIdentity.encodeDevice(8, 3))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1:7", "8:-1", "4096:0", "8:1048576", "8:1:1", "8", "99999999999:1"})
  void impossibleDeviceNumberIsIgnored(String number) {
    assertThat(MountTable.parse("36 35 " + number + " / /a rw - ext4 /dev/sda1 rw\n")).isEmpty();
  }

  @Test
  void minorAbove255IsEncodedLikeStDev() {
    // stat of device 259:65537 reports 0x10010301; include/linux/kdev_t.h
    assertThat(FileIdentity.encodeDevice(259, 0x10001)).isEqualTo(0x10010301L);
    assertThat(new FileIdentity(0x10010301L, 12)).hasToString("inode 12 on device 259:65537");
  }
}
