package io.fadvised.cli.cure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Attachments;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttachUnitTest {
  private static AttachUnit unit(long offset, long sizeLimit, boolean readOnly) {
    LoopDevice device =
        new LoopDevice(
            "loop3",
            BackingPath.of("/srv/my images/db.img"),
            offset,
            sizeLimit,
            1 << 20,
            readOnly,
            Optional.of(false),
            512,
            OptionalLong.empty());
    return new AttachUnit(
        Attachments.attached(
            device,
            true,
            List.of(),
            Attachments.mount("/dev/loop3", "/srv/my db"),
            Attachments.mount("/dev/loop3", "/mnt")),
        4096);
  }

  @Test
  void fileIsAttachedBeforeItsMountUnitsAndDetachedAfterThem() {
    assertThat(unit(0, 0, false).lines("/usr/sbin/losetup"))
        .containsSubsequence(
            "[Unit]",
            "RequiresMountsFor=\"/srv/my images/db.img\"",
            "Before=srv-my\\x20db.mount mnt.mount shutdown.target",
            "Conflicts=shutdown.target",
            "[Service]",
            "ExecStart=/bin/sh -c 'd=$$(/usr/sbin/losetup --find --show --nooverlap --sector-size 4096"
                + " \"$$0\") && { /usr/sbin/losetup --sector-size 4096 \"$$d\" 2>/dev/null;"
                + " /usr/sbin/losetup --direct-io=on \"$$d\"; }' \"/srv/my images/db.img\"",
            "ExecStop=/bin/sh -c '/usr/sbin/losetup --noheadings --output NAME --associated \"$$0\" |"
                + " while read d; do /usr/sbin/losetup --detach \"$$d\"; done' \"/srv/my images/db.img\"",
            "[Install]",
            "WantedBy=srv-my\\x20db.mount mnt.mount");
  }

  @Test
  void partOfAFileIsAttachedAsBefore() {
    assertThat(unit(8192, 65_536, true).lines("losetup"))
        .anyMatch(line -> line.contains(" --offset 8192 --sizelimit 65536 --read-only \"$$0\""))
        .anyMatch(line -> line.contains(" --associated \"$$0\" --offset 8192 |"));
  }

  @Test
  void nameOfTheUnitIsThatOfItsFile() {
    AttachUnit unit = unit(0, 0, false);

    assertThat(unit.fileName()).matches("fadvised-attach-db\\.img-[0-9a-f]{8}\\.service");
    assertThat(unit.lines("losetup").get(0)).contains("systemctl disable " + unit.fileName());
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
