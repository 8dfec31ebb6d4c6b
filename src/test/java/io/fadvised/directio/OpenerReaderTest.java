package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.SysFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenerReaderTest {
  private static final long LOOP3 = FileIdentity.encodeDevice(7, 3);

  @TempDir private Path proc;
  @TempDir private Path sys;
  private final List<Path> examined = new ArrayList<>();

  @BeforeEach
  void startAsProcess50() throws IOException {
    process(1, "systemd");
    process(50, "fadvised", "/dev/loop3");
    Files.createSymbolicLink(proc.resolve("self"), Path.of("50"));
    Files.createDirectory(proc.resolve("50/ns"));
    namespace("pid:[4026531836]");
  }

  /** Before JUnit does, which warns about links that lead elsewhere. */
  @AfterEach
  void deleteLinks() {
    SysFixture.deleteTree(proc);
  }

  @Test
  void programWithTheDeviceOpenIsNamedWithItsPid() throws IOException {
    process(812, "qemu-system-x86", "/dev/null", "/dev/loop3", "/dev/loop3");
    process(813, "postgres", "/dev/loop4");

    DeviceUsers users = read();

    assertThat(users.openers(List.of(LOOP3))).containsExactly("open by qemu-system-x86 (pid 812)");
    assertThat(users.unseen()).isEmpty();
  }

  @Test
  void fileOutsideDevIsNotExamined() throws IOException {
    process(7, "tail", "/net/hung/log", "socket:[4711]");

    read();

    assertThat(examined).noneMatch(file -> file.startsWith(proc.resolve("7")));
  }

  @Test
  void manyOpenersAreCounted() throws IOException {
    for (int pid = 100; pid < 108; pid++) {
      process(pid, "reader", "/dev/loop3");
    }

    assertThat(read().openers(List.of(LOOP3))).hasSize(6).contains("3 more");
  }

  @Test
  void controlCharactersInAProgramNameAreEscaped() throws IOException {
    process(9, "a\u001b[31m", "/dev/loop3");

    assertThat(read().openers(List.of(LOOP3))).containsExactly("open by a\\u001b[31m (pid 9)");
  }

  @Test
  void anotherPidNamespaceHidesPrograms() throws IOException {
    namespace("pid:[4026532000]");

    assertThat(read().unseen()).hasValueSatisfying(why -> assertThat(why).contains("by root"));
  }

  @Test
  void unreadableFirstProcessMeansThatOthersAreHidden() throws IOException {
    Files.delete(proc.resolve("1/fd"));

    assertThat(read().unseen()).isPresent();
  }

  @Test
  void scanEndsAfterFiveSeconds() throws IOException {
    process(9, "slow", "/dev/loop3", "/dev/loop3", "/dev/loop3");
    Iterator<Long> nanos = LongStream.iterate(0, now -> now + 2_600_000_000L).iterator();

    DeviceUsers users = new OpenerReader(proc, sys, nanos::next, this::numberOf).read(List.of());

    assertThat(users.unseen()).hasValueSatisfying(why -> assertThat(why).contains("in 5 s"));
  }

  @Test
  void deviceOfAnIscsiTargetIsNamed() throws IOException {
    export(
        "target/core/iblock_0/web/info",
        """
        Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 128
                iBlock device: loop3  UDEV PATH: /dev/loop3  readonly: 0
                Major: 7 Minor: 3  CLAIMED: IBLOCK
        """);

    assertThat(read().openers(List.of(LOOP3))).containsExactly("exported by LIO (iblock_0/web)");
  }

  @Test
  void deviceOfALioFileBackstoreIsNamed() throws IOException {
    export(
        "target/core/fileio_1/db/info",
        """
        Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 16384
                TCM FILEIO ID: 0        File: /dev/loop3  Size: 0  Mode: O_DSYNC Async: 0
        """);

    assertThat(read().openers(List.of(LOOP3))).containsExactly("exported by LIO (fileio_1/db)");
  }

  @Test
  void deviceOfAnEnabledNvmeNamespaceIsNamed() throws IOException {
    export("nvmet/subsystems/nqn.a/namespaces/1/device_path", "/dev/loop3\n");
    export("nvmet/subsystems/nqn.a/namespaces/1/enable", "1\n");
    export("nvmet/subsystems/nqn.b/namespaces/1/device_path", "/dev/loop3\n");
    export("nvmet/subsystems/nqn.b/namespaces/1/enable", "0\n");

    assertThat(read().openers(List.of(LOOP3)))
        .containsExactly("exported by nvmet (nqn.a, namespace 1)");
  }

  @Test
  void exportedRegularFileIsNotExamined() throws IOException {
    export(
        "target/core/fileio_0/vol/info",
        "File: /net/hung/disk  Size: 4096  Mode: O_DSYNC Async: 0");

    DeviceUsers users = read();

    assertThat(examined).doesNotContain(Path.of("/net/hung/disk"));
    assertThat(users.files("loop3", List.of("/net/hung")))
        .containsExactly("a file on it is exported by LIO (fileio_0/vol)");
    assertThat(users.files("loop3", List.of("/net/h"))).isEmpty();
  }

  @Test
  void targetsWithoutConfigfsMayHideUses() throws IOException {
    Files.createDirectories(sys.resolve("module/target_core_mod"));

    assertThat(read().unseen()).hasValueSatisfying(why -> assertThat(why).contains("configfs"));

    Files.createDirectories(sys.resolve("kernel/config/target"));

    assertThat(read().unseen()).isEmpty();
  }

  private void export(String attribute, String text) throws IOException {
    Path file = sys.resolve("kernel/config").resolve(attribute);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private DeviceUsers read() {
    return new OpenerReader(proc, sys, () -> 0, this::numberOf).read(List.of());
  }

  private OptionalLong numberOf(Path file) throws IOException {
    examined.add(file);
    return switch (Files.isSymbolicLink(file)
        ? Files.readSymbolicLink(file).toString()
        : file.toString()) {
      case "/dev/loop3" -> OptionalLong.of(LOOP3);
      case "/dev/loop4" -> throw new NoSuchFileException("closed meanwhile");
      default -> OptionalLong.empty();
    };
  }

  private void namespace(String id) throws IOException {
    Path link = proc.resolve("50/ns/pid");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(id));
  }

  private void process(int pid, String name, String... files) throws IOException {
    Path directory = Files.createDirectories(proc.resolve(pid + "/fd"));
    Files.writeString(directory.resolveSibling("comm"), name + "\n");
    for (int i = 0; i < files.length; i++) {
      Files.createSymbolicLink(directory.resolve(String.valueOf(i)), Path.of(files[i]));
    }
  }
}
