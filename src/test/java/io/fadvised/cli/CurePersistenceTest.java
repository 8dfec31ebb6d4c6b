package io.fadvised.cli;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurePersistenceTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeARootOfTheHost() throws IOException {
    Files.createDirectories(directory.resolve("1/root/etc"));
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
    mountedBy(file, line);

    assertThat(obstacle(found("/srv/web.img", Cause.SECTOR_SIZE, storage(4096, true))).isEmpty())
        .isEqualTo(accepted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/%k", "/srv/a\", RUN+=\"/bin/sh"})
  void nameWithAMeaningForUdevIsRefused(String path) {
    assertThat(obstacle(path)).hasValueSatisfying(words -> assertThat(words).contains("character"));
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
  void unitIsWrittenAndStarted() throws Exception {
    Path calls = systemctl("");

    String words = persistence().install();

    assertThat(words)
        .contains(
            "systemd attaches the backing file with these settings before it mounts the device");
    assertThat(units()).singleElement().asString().startsWith("fadvised-attach-web.img-");
    String unit = units().get(0);
    assertThat(calls).hasContent("daemon-reload\nenable " + unit + "\nstart " + unit);
  }

  @Test
  void unitThatCannotBeStartedIsTakenBack() throws Exception {
    Path calls =
        systemctl(
            """
            case "$*" in enable*) echo "Created symlink" >&2 ;; esac
            case "$*" in start*|*--now*) [ "$1" = disable ] || { echo no >&2; exit 1; } ;; esac
            """);
    CurePersistence persistence = persistence();

    assertThatThrownBy(persistence::install).hasMessage("no");
    assertThat(units()).isEmpty();
    assertThat(Files.readAllLines(calls).stream().map(line -> line.replaceFirst(" .*", "")))
        .containsExactly("daemon-reload", "enable", "start", "disable", "daemon-reload");
  }

  @Test
  void failureOfTheUndoIsNotReportedInsteadOfTheFirst() throws Exception {
    systemctl("echo \"no $1\" >&2; exit 1");
    CurePersistence persistence = persistence();

    assertThatThrownBy(persistence::install).hasMessage("no daemon-reload");
    assertThat(units()).isEmpty();
  }

  @Test
  void unitIsInstalledOnceItIsEnabled() throws Exception {
    systemctl("");
    persistence().install();
    assertThat(persistence().isInstalled()).isFalse();

    Path wanted = directory.resolve("etc/systemd/system/srv-web.mount.wants");
    Files.createDirectories(wanted);
    Files.createSymbolicLink(wanted.resolve(units().get(0)), Path.of("/gone"));
    assertThat(persistence().isInstalled()).isTrue();
  }

  @Test
  void earlierUnitStaysIfItCannotBeStarted() throws Exception {
    systemctl("");
    persistence().install();
    systemctl("echo no >&2; exit 1");
    CurePersistence again = persistence();

    assertThatThrownBy(again::install).hasMessage("no");
    assertThat(units()).hasSize(1);
  }

  /** Makes a systemctl that runs a script after it logged the call; returns the log. */
  private Path systemctl(String script) throws IOException {
    Path log = directory.resolve("calls");
    Path program = Files.createDirectories(directory.resolve("bin")).resolve("systemctl");
    Files.writeString(program, "#!/bin/sh\necho \"$*\" >>%s\n%s\n".formatted(log, script));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return log;
  }

  private List<String> units() {
    return Stream.of(directory.resolve("etc/systemd/system").toFile().list())
        .filter(name -> name.endsWith(".service"))
        .toList();
  }

  /** For a device that a line of fstab attaches and that needs larger sectors. */
  private CurePersistence persistence() throws Exception {
    mountedBy("fstab", "/srv/web.img /srv/web ext4 loop 0 0");
    for (String path : List.of("run/systemd/system", "etc/systemd/system")) {
      Files.createDirectories(directory.resolve(path));
    }
    World world =
        new World(
            directory,
            directory,
            directory,
            directory,
            () -> null,
            () -> null,
            null,
            null,
            null,
            Map.of("PATH", directory.resolve("bin").toString()));
    return CurePersistence.of(found("/srv/web.img", Cause.SECTOR_SIZE, storage(4096, true)), world);
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

  private Optional<List<String>> obstacle(DeviceFindings found) {
    return CurePersistence.obstacle(found, HostSetup.read(directory, ""));
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
