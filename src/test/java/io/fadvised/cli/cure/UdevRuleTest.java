package io.fadvised.cli.cure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.AttachmentReader;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.HostSetup;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UdevRuleTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeARootOfTheHost() throws IOException {
    Files.createDirectories(directory.resolve("1/root/etc"));
  }

  @Test
  void ruleMatchesOneBackingFileWithoutDirectIo() {
    assertThat(new UdevRule("/srv/my images/web.img").lines("/usr/sbin/losetup"))
        .containsExactly(
            "# By \"fadvised cure --persist\". To undo it, remove this file.",
            "ACTION!=\"remove\", SUBSYSTEM==\"block\", KERNEL==\"loop*\","
                + " ATTR{loop/backing_file}==\"/srv/my images/web.img\", ATTR{loop/dio}==\"0\","
                + " RUN+=\"/usr/sbin/losetup --direct-io=on $devnode\"");
  }

  @Test
  void filesOfOneNameHaveRulesOfDifferentNames() {
    String name = new UdevRule("/srv/a/web (1).img").fileName();

    assertThat(name).matches("90-fadvised-web__1_\\.img-[0-9a-f]{8}\\.rules");
    assertThat(new UdevRule("/srv/b/web (1).img").fileName()).isNotEqualTo(name);
    assertThat(new UdevRule("/" + "ä".repeat(4000)).fileName()).hasSizeLessThan(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/web.img", "/srv/Büro (1), a@b=c+d~e#f:g_h-i.img", "/x"})
  void ordinaryNameIsAccepted(String path) {
    assertThat(obstacle(path)).isEmpty();
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
  void nameWithAMeaningForUdevIsRefused(String path) {
    assertThat(obstacle(path)).hasValueSatisfying(words -> assertThat(words).contains("character"));
  }

  @Test
  void largerSectorsAreRefusedWithTheRightPlaceForThem() {
    assertThat(obstacle(found("/srv/web.img", Cause.SECTOR_SIZE, storage(4096, true))))
        .hasValueSatisfying(
            words ->
                assertThat(words)
                    .hasSize(2)
                    .anySatisfy(
                        one -> assertThat(one).contains("ext4 on sda1 needs sectors of 4096"))
                    .anySatisfy(one -> assertThat(one).contains("to make it permanent")));
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
  void largerSectorsAreAcceptedWhereALineOfFstabAttachesTheWholeFile(
      String file, String line, boolean accepted) throws IOException {
    Path attacher = directory.resolve("1/root/etc").resolve(file);
    Files.createDirectories(attacher.getParent());
    Files.writeString(attacher, line + "\n");
    Files.createDirectories(directory.resolve("self"));
    Files.writeString(
        directory.resolve("self/mountinfo"),
        "30 1 7:3 / /srv/web rw,relatime - ext4 /dev/loop3 rw\n");

    assertThat(obstacle(found("/srv/web.img", Cause.SECTOR_SIZE, storage(4096, true))).isEmpty())
        .isEqualTo(accepted);
  }

  @Test
  void deletedFileIsRefused() {
    assertThat(obstacle(found("/srv/a (deleted)", Cause.DIRECT, storage(512, false))))
        .hasValueSatisfying(words -> assertThat(words.get(0)).contains("no path here"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"COMPRESSED", "IN_MEMORY", "ARC"})
  void deviceThatNeedsNoDirectIoIsRefused(Cause cause) {
    assertThat(obstacle(found("/srv/web.img", cause, storage(512, true))))
        .contains(List.of("words"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/var/lib/snapd/snaps/core20_1587.snap",
        "/pvc-ecb1e991-7b6e-4567-ac2e-9394d2b93471/disk.img",
        "/var/lib/incus/disks/default.img"
      })
  void fileOfAProgramIsRefused(String path) {
    assertThat(obstacle(path))
        .hasValueSatisfying(words -> assertThat(words).contains(" attaches it"));
  }

  @Test
  void fileIsWrittenOnceAndReadableForAll() throws IOException {
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("one", "two"));
    assertThat(file.isInstalled()).isFalse();

    file.install();

    assertThat(file.isInstalled()).isTrue();
    assertThat(file.path()).hasContent("one\ntwo\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-r--r--");
    assertThat(rules().toFile().list()).hasSize(1);
  }

  @Test
  void otherFileIsNotOverwritten() throws IOException {
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("ours"));
    Files.writeString(file.path(), "theirs");

    assertThatThrownBy(file::isInstalled).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(file::install).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file.path()).hasContent("theirs");
    assertThat(rules().toFile().list()).hasSize(1);
  }

  @Test
  void linkIsNotFollowed() throws IOException {
    Path target = rules().resolve("target");
    RuleFile file = new RuleFile(rules().resolve("90-a.rules"), List.of("ours"));
    Files.createSymbolicLink(file.path(), target);

    assertThatThrownBy(file::isInstalled).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(file::install).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).doesNotExist();
  }

  private Path rules() {
    return directory.resolve("1/root/etc");
  }

  private Optional<List<String>> obstacle(DeviceFindings found) {
    return UdevRule.obstacle(found, HostSetup.read(directory, ""));
  }

  private Optional<String> obstacle(String path) {
    return obstacle(found(path, Cause.SWITCHED_OFF, storage(512, true))).map(words -> words.get(0));
  }

  private static Storage storage(int needed, boolean named) {
    return new Storage(
        named,
        "ext4",
        Optional.of(new Storage.Disk("sda1", "8:1", needed)),
        OptionalInt.of(needed),
        Optional.of(true),
        false);
  }

  private DeviceFindings found(String path, Cause cause, Storage storage) {
    LoopDevice device =
        new LoopDevice(
            "loop3",
            BackingPath.of(path),
            0,
            0,
            1 << 20,
            false,
            Optional.of(false),
            512,
            OptionalLong.empty());
    Attachment attachment =
        new AttachmentReader(directory, directory, new MountTable(directory, System::nanoTime))
            .read(device);
    return new DeviceFindings(
        attachment,
        Optional.of(storage),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Diagnosis(cause, "words", false, List.of(), List.of()));
  }
}
