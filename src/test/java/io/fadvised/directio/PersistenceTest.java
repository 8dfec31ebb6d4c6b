package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PersistenceTest {
  private static final String IMAGE = "/srv/web.img";

  @TempDir private Path directory;

  @BeforeEach
  void makeARootOfTheHost() throws IOException {
    Files.createDirectories(directory.resolve("1/root/etc"));
  }

  @Test
  void sectorsThatFitNeedARuleOfUdev() {
    assertThat(persistence(IMAGE, storage(512, true)).means())
        .contains(Persistence.Means.UDEV_RULE);
  }

  @Test
  void largerSectorsAreRefusedWithTheRightPlaceForThem() {
    assertThat(persistence(IMAGE, storage(4096, true)).obstacle())
        .hasSize(2)
        .anySatisfy(one -> assertThat(one).contains("ext4 on sda1 needs sectors of 4096"))
        .anySatisfy(one -> assertThat(one).contains("add \"--direct-io=on --sector-size 4096\""));
  }

  @ParameterizedTest
  @CsvSource({
    "fstab, /srv/web.img /srv/web ext4 loop 0 0, true",
    "fstab, '/srv/web.img /srv/web ext4 noatime,loop', true",
    "fstab, /srv/web.img /srv/other ext4 loop 0 0, false",
    "fstab, '/srv/web.img /srv/web ext4 loop,noauto 0 0', false",
    "fstab, '/srv/web.img /srv/web ext4 loop,offset=4096 0 0', false",
    "fstab, '/srv/web.img /srv/web ext4 loop=/dev/loop3 0 0', false",
    "systemd/system/srv-web.mount, What=/srv/web.img, false",
    "rc.local, mount -o loop /srv/web.img /srv/web, false",
  })
  void largerSectorsNeedALineOfFstabThatAttachesTheWholeFile(
      String file, String line, boolean accepted) throws IOException {
    mountedBy(file, line);

    assertThat(persistence(IMAGE, storage(4096, true)).means())
        .isEqualTo(accepted ? Optional.of(Persistence.Means.SYSTEMD_UNIT) : Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/%k", "/srv/a\", RUN+=\"/bin/sh"})
  void nameWithAMeaningForUdevIsRefused(String path) {
    assertThat(persistence(path, storage(512, true)).obstacle().get(0)).contains("character");
  }

  @Test
  void deletedFileIsRefused() {
    assertThat(persistence("/srv/a (deleted)", storage(512, false)).obstacle().get(0))
        .contains("no path here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/var/lib/snapd/snaps/core20_1587.snap",
        "/pvc-ecb1e991-7b6e-4567-ac2e-9394d2b93471/disk.img",
        "/var/lib/incus/disks/default.img"
      })
  void fileOfAProgramIsRefused(String path) {
    assertThat(persistence(path, storage(512, true)).obstacle().get(0)).contains(" attaches it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/web.img", "/srv/Büro (1), a@b=c+d~e#f:g_h-i.img", "/x"})
  void ordinaryNameIsPlain(String path) {
    assertThat(Persistence.isPlain(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/srv/a\", RUN+=\"/bin/sh",
        "/srv/a\nRUN+=x",
        "/srv/a\n",
        "/srv/a\\",
        "/srv/*.img",
        "/srv/?.img",
        "/srv/[ab].img",
        "/srv/a|b",
        "/srv/a ",
        "/srv/a\t",
        "/srv/$kernel",
        "/srv/%k",
        "/srv/{a}",
        "/srv/\u202eb",
        "/srv/\ufffd",
        "srv/web.img",
        ""
      })
  void nameWithAMeaningForUdevIsNotPlain(String path) {
    assertThat(Persistence.isPlain(path)).isFalse();
  }

  /** Writes a file below /etc, and mounts the device. */
  private void mountedBy(String file, String line) throws IOException {
    Path attacher = directory.resolve("1/root/etc").resolve(file);
    Files.createDirectories(attacher.getParent());
    Files.writeString(attacher, line + "\n");
    Files.createDirectories(directory.resolve("self"));
    Files.writeString(
        directory.resolve("self/mountinfo"),
        "30 1 7:3 / /srv/web rw,relatime - ext4 /dev/loop3 rw\n");
  }

  private Persistence persistence(String path, Storage storage) {
    Attachment attachment =
        new AttachmentReader(directory, directory, new MountTable(directory, System::nanoTime))
            .read(Attachments.loop("loop3", path));
    return Persistence.of(attachment.on(HostSetup.read(directory, "")), storage);
  }

  private static Storage storage(int needed, boolean named) {
    return new Storage(
        named,
        "ext4",
        Optional.of(new Storage.Disk("sda1", needed)),
        OptionalInt.of(needed),
        Optional.of(true),
        false);
  }
}
