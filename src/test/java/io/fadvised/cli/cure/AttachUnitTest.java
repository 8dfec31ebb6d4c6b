package io.fadvised.cli.cure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttachUnitTest {
  @TempDir Path directory;

  private static AttachUnit unit(boolean readOnly) {
    LoopDevice device =
        new LoopDevice(
            "loop3",
            BackingPath.of("/srv/my images/db.img"),
            0,
            0,
            1 << 20,
            readOnly,
            Optional.of(false),
            512,
            OptionalLong.empty());
    return new AttachUnit(device, "/srv/my db", 4096);
  }

  @Test
  void fileIsAttachedBeforeItsMountUnitAndDetachedAfterIt() {
    assertThat(unit(false).lines("/usr/sbin/losetup"))
        .containsSubsequence(
            "[Unit]",
            "RequiresMountsFor=\"/srv/my images/db.img\"",
            "After=local-fs-pre.target",
            "Before=srv-my\\x20db.mount shutdown.target",
            "Conflicts=shutdown.target",
            "[Service]",
            "TimeoutStartSec=90",
            "[Install]",
            "WantedBy=srv-my\\x20db.mount");
  }

  @Test
  void readOnlyDeviceStaysReadOnly() {
    assertThat(unit(true).lines("losetup")).anyMatch(line -> line.contains(" --read-only $$s "));
    assertThat(unit(false).lines("losetup")).noneMatch(line -> line.contains("--read-only"));
  }

  /** Runs the shell commands of the unit, with scripts in the place of the programs. */
  @ParameterizedTest
  @CsvSource({
    "'', 4096, '--find --show --nooverlap --sector-size 4096 FILE,--sector-size 4096 /dev/loop9,--direct-io=on /dev/loop9'",
    "/dev/loop9, 4096, '--find --show --nooverlap FILE,--direct-io=on /dev/loop9'",
    "/dev/loop9, 512, ",
  })
  void sectorsAreSetOnlyWhereTheFileWasNotAttached(String attached, int sectors, String calls)
      throws Exception {
    Path log = losetup("echo " + (attached == null ? "" : attached));
    program("blkid", "echo 4096");
    program("blockdev", "echo " + sectors);

    int status = run("ExecStart=");

    if (calls == null) {
      assertThat(status).isNotZero();
      assertThat(log).doesNotExist();
    } else {
      assertThat(status).isZero();
      assertThat(Files.readAllLines(log))
          .containsExactly(calls.replace("FILE", "/srv/my images/db.img").split(","));
    }
  }

  /** mount(8) rejects it with larger sectors; an old blkid, or no filesystem, prints nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"512", "1024", "", "-"})
  void fileWithSmallerBlocksIsNotAttached(String blockSize) throws Exception {
    Path log = losetup("echo");
    program("blkid", "echo " + blockSize);

    assertThat(run("ExecStart=")).isNotZero();
    assertThat(log).doesNotExist();
  }

  @Test
  void onlyDevicesOfTheWholeFileAreDetached() throws Exception {
    Path log = losetup("printf '/dev/loop%s\n' '1 0 0' '2 4096 0' '3 0 8192' '4 0 0 '");

    assertThat(run("ExecStop=")).isZero();
    assertThat(Files.readAllLines(log))
        .containsExactly("--detach /dev/loop1", "--detach /dev/loop4");
  }

  /** Makes a losetup that lists devices by a command; returns the log of its other calls. */
  private Path losetup(String list) throws IOException {
    Path log = directory.resolve("calls");
    program(
        "losetup",
        """
        case "$*" in
        *--associated*) %s; exit ;;
        *--find*) echo /dev/loop9 ;;
        esac
        echo "$*" >>%s
        """
            .formatted(list, log));
    return log;
  }

  private void program(String name, String script) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Runs a command line as systemd does: it takes the quotes away and $$ for $. */
  private int run(String key) throws Exception {
    String line =
        unit(false).lines(directory.resolve("losetup").toString()).stream()
            .filter(one -> one.startsWith(key))
            .findFirst()
            .orElseThrow();
    Matcher words =
        Pattern.compile("(\\S+) -c '(.*)' \"(.*)\"").matcher(line.substring(key.length()));
    assertThat(words.matches()).isTrue();
    ProcessBuilder shell =
        new ProcessBuilder(words.group(1), "-c", words.group(2).replace("$$", "$"), words.group(3));
    shell.environment().put("PATH", directory + ":/usr/bin:/bin");
    return shell.start().waitFor();
  }

  @Test
  void nameOfTheUnitIsThatOfItsFile() {
    AttachUnit unit = unit(false);

    assertThat(unit.fileName()).matches("fadvised-attach-db\\.img-[0-9a-f]{8}\\.service");
    assertThat(unit.lines("losetup").get(0)).contains("systemctl disable --now " + unit.fileName());
  }

  /** The names are those of {@code systemd-escape --path --suffix=mount}. */
  @ParameterizedTest
  @CsvSource({
    "/, -.mount",
    "/srv/db, srv-db.mount",
    "/srv/my-db, srv-my\\x2ddb.mount",
    "/.hidden/.x, \\x2ehidden-.x.mount",
    "/a:b_c.d, a:b_c.d.mount",
    "/Büro, B\\xc3\\xbcro.mount",
  })
  void mountPointIsEscapedLikeSystemdDoes(String point, String unit) {
    assertThat(AttachUnit.mountUnit(point)).isEqualTo(unit);
  }
}
