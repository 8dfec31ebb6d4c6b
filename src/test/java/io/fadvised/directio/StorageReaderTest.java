package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.DirectIo;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.OpenFile;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file without checksums on btrfs. */
class StorageReaderTest {
  @RegisterExtension private final TestHost host = new TestHost();
  @TempDir private Path nodes;

  /** Reports that files are written in place. */
  private static final class InPlace implements DirectIo {
    @Override
    public OptionalInt alignment(OpenFile file) {
      return OptionalInt.of(4096);
    }

    @Override
    public Optional<Boolean> isSupportedBy(OpenFile file) {
      return Optional.of(true);
    }

    @Override
    public boolean isWrittenInPlace(OpenFile file) {
      return true;
    }

    @Override
    public void setDirectIo(OpenFile loopDevice, boolean on) {}

    @Override
    public void setSectors(OpenFile loopDevice, int bytes) {}

    @Override
    public boolean checksHolders(byte[] path, int sectorBytes) {
      return true;
    }

    @Override
    public boolean isHeld(byte[] path) {
      return false;
    }
  }

  @BeforeEach
  void attach() throws IOException {
    host.attach("loop0", "/srv/loop0.img", TestHost.GIB);
    host.writeProc("self/mountinfo", "");
  }

  @ParameterizedTest
  @CsvSource({
    "data/single, false",
    "data/raid0, false",
    "data/raid1, true",
    "mixed/single, false",
    "mixed/dup, true",
    "metadata/dup, true", // profile of data unknown
  })
  void copiesFollowFromTheProfileOfData(String profile, boolean copies) throws Exception {
    mount("sda2", "/srv", profile);

    assertThat(read().checksummed()).isEqualTo(copies);
  }

  @Test
  void laterMountHidesAnEarlierOne() throws Exception {
    mount("sda2", "/srv", "data/single");
    mount("sdb2", "/srv", "data/raid1");

    assertThat(read().checksummed()).isTrue();
  }

  @Test
  void mountOfTheFileItselfCounts() throws Exception {
    mount("sda2", "/", "data/single");
    mount("sdb2", "/srv/loop0.img", "data/raid1");

    assertThat(read().checksummed()).isTrue();
  }

  @Test
  void unknownFilesystemMayHaveCopies() throws Exception {
    assertThat(read().checksummed()).isTrue();
  }

  private void mount(String disk, String point, String profile) throws IOException {
    Path node = Files.createFile(nodes.resolve(disk));
    Path filesystem = host.sys().root().resolve("fs/btrfs/of-" + disk);
    Files.createDirectories(filesystem.resolve("allocation").resolve(profile));
    Files.createDirectories(filesystem.resolve("devices").resolve(disk));
    host.writeProc(
        "self/mountinfo",
        Files.readString(host.proc().resolve("self/mountinfo"), ISO_8859_1)
            + "30 1 0:40 / %s rw - btrfs %s rw%n".formatted(point, node));
  }

  private Storage read() throws Exception {
    LoopDevice device = host.host().scanner().read("loop0").orElseThrow();
    StorageReader reader =
        new StorageReader(
            host.kernel(),
            new InPlace(),
            host.sys().root(),
            new MountTable(host.proc(), host.clock()::nanos));
    try (BackingFile backing = host.host().opener().open(device)) {
      return reader.read(
          device,
          new BackingFile(
              backing.file(),
              backing.stat(),
              FileSystemType.BTRFS,
              backing.filesystemDevice(),
              backing.hostPath(),
              backing.foundBy()));
    }
  }
}
