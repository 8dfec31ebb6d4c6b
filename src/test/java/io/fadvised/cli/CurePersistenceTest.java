package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.AttachmentReader;
import io.fadvised.directio.Attachments;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CurePersistenceTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeARootOfTheHost() throws IOException {
    Files.createDirectories(directory.resolve("1/root/etc"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"COMPRESSED", "IN_MEMORY", "ARC"})
  void deviceThatNeedsNoDirectIoIsRefused(Cause cause) {
    assertThatThrownBy(() -> CurePersistence.of(found(cause, Optional.of(storage(512))), world()))
        .hasMessage("loop3: --persist cannot make it last: words");
  }

  @Test
  void fileThatCannotBeExaminedIsRefused() {
    assertThatThrownBy(() -> CurePersistence.of(found(Cause.DIRECT, Optional.empty()), world()))
        .hasMessage("loop3: --persist cannot make it last: its backing file cannot be examined");
  }

  @Test
  void placeOfTheChangeIsPartOfTheRefusal() {
    assertThatThrownBy(
            () -> CurePersistence.of(found(Cause.SECTOR_SIZE, Optional.of(storage(4096))), world()))
        .hasMessageStartingWith(
            "loop3: --persist cannot make it last: direct I/O on ext4 on sda1 needs sectors of 4096")
        .hasMessageContaining("to make it permanent");
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
    mountByFstab();
    for (String path : List.of("run/systemd/system", "etc/systemd/system")) {
      Files.createDirectories(directory.resolve(path));
    }
    return CurePersistence.of(found(Cause.SECTOR_SIZE, Optional.of(storage(4096))), world());
  }

  private World world() {
    return new World(
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
  }

  private void mountByFstab() throws IOException {
    Files.writeString(
        directory.resolve("1/root/etc/fstab"), "/srv/web.img /srv/web ext4 loop 0 0\n");
    Files.createDirectories(directory.resolve("self"));
    Files.writeString(
        directory.resolve("self/mountinfo"),
        "30 1 7:3 / /srv/web rw,relatime - ext4 /dev/loop3 rw\n");
  }

  private static Storage storage(int needed) {
    return new Storage(
        true,
        "ext4",
        Optional.of(new Storage.Disk("sda1", needed)),
        OptionalInt.of(needed),
        Optional.of(true),
        false);
  }

  private DeviceFindings found(Cause cause, Optional<Storage> storage) {
    Attachment attachment =
        new AttachmentReader(directory, directory, new MountTable(directory, System::nanoTime))
            .read(Attachments.loop("loop3", "/srv/web.img"));
    return new DeviceFindings(
        attachment,
        storage,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Diagnosis(cause, "words", false, List.of()));
  }
}
