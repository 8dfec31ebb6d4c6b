package io.fadvised.doctor;

import static io.fadvised.doctor.OtherCacheReader.MIN_IMAGE_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fadvised.linux.DirectIo;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.SysFixture;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OtherCacheReaderTest {
  private static final int READ_ONLY = 0;
  private static final int READ_WRITE = 2;

  @TempDir private Path root;
  private Path proc;
  private Path sys;
  private Path image;
  private String mountinfo = "27 1 254:0 / / rw - ext4 /dev/vda rw\n";

  @BeforeEach
  void createRoots() throws IOException {
    proc = Files.createDirectories(root.resolve("proc"));
    sys = Files.createDirectories(root.resolve("sys"));
    image = file("vm.img", MIN_IMAGE_BYTES);
  }

  /** Before JUnit does, which warns about links that lead elsewhere. */
  @AfterEach
  void deleteLinks() {
    SysFixture.deleteTree(root);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/bin/qemu-system-x86_64",
        "/usr/libexec/qemu-kvm",
        "/usr/bin/cloud-hypervisor (deleted)",
        "/firecracker",
        "/usr/bin/qemu-nbd",
        "/usr/bin/nbd-server",
        "/usr/sbin/tgtd"
      })
  void imageOpenedWithoutDirectIoIsNamed(String program) throws IOException {
    process(812, program);
    open(812, image, READ_WRITE);

    assertThat(read())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo("image");
              assertThat(found.path()).isEqualTo(image.toString());
              assertThat(found.use()).startsWith("open by ").endsWith(" (pid 812)");
              assertThat(found.use()).doesNotContain("deleted");
              assertThat(found.advice()).contains("it, too");
            });
  }

  @Test
  void imageOpenedWithDirectIoIsNotNamed() throws IOException {
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE | DirectIo.openFlag());

    assertThat(read()).isEmpty();
  }

  @Test
  void imageOpenedBothWaysIsNotNamed() throws IOException {
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);
    open(812, image, READ_WRITE | DirectIo.openFlag());

    assertThat(read()).isEmpty();
  }

  @Test
  void imageThatIsOpenTwiceIsNamedOnce() throws IOException {
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);
    open(812, image, READ_WRITE);

    assertThat(read()).hasSize(1);
  }

  @Test
  void otherFilesOfAVirtualMachineAreNotNamed() throws IOException {
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_ONLY); // a base image, which several share
    open(812, file("vars.fd", MIN_IMAGE_BYTES - 1), READ_WRITE); // firmware
    open(812, Files.createDirectory(root.resolve("share")), READ_WRITE);
    open(812, Path.of("anon_inode:kvm-vm"), READ_WRITE);

    assertThat(read()).isEmpty();
  }

  @Test
  void memoryOfAGuestIsNotNamed() throws IOException {
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);
    Files.writeString(
        proc.resolve("812/maps"),
        "7f40-7f48 rw-s 00000000 fe:00 %s    %s\n"
            .formatted(Files.getAttribute(image, "unix:ino"), image));

    assertThat(read()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "hugetlbfs", "zfs"})
  void imageWithoutALowerCacheIsNotNamed(String filesystem) throws IOException {
    mountinfo = "27 1 0:30 / / rw - " + filesystem + " pool rw\n";
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);

    assertThat(read()).isEmpty();
  }

  @Test
  void imageOnAnUnknownFilesystemIsNotNamed() throws IOException {
    mountinfo = "28 1 254:0 / / rw - ext4 /dev/vda rw\n";
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);

    assertThat(read()).isEmpty();
  }

  @Test
  void malformedEntriesAreLeftOut() throws IOException {
    Files.createDirectories(proc.resolve("1x"));
    process(812, "/usr/bin/qemu-system-x86_64");
    open(812, image, READ_WRITE);
    Files.writeString(proc.resolve("812/fdinfo/0"), "flags:\t077777777777\nmnt_id:\t27\n");

    assertThat(read()).isEmpty();

    Files.writeString(proc.resolve("812/fdinfo/0"), "flags:\t02\nmnt_id:\t27\n");
    Files.writeString(proc.resolve("812/mountinfo"), "27 1\n");
    Files.writeString(proc.resolve("812/maps"), "junk\n\n");

    assertThat(read()).isEmpty();
  }

  @Test
  void fileOfAnotherProgramIsNotNamed() throws IOException {
    process(812, "/usr/bin/postgres");
    open(812, image, READ_WRITE);

    assertThat(read()).isEmpty();
  }

  @Test
  void fileExportedThroughTheCacheIsNamed() throws IOException {
    lio("cached", "/srv/a b.img", "Mode: O_DSYNC Async: 0");
    lio("direct", "/srv/c.img", "Mode: O_DSYNC Async: 1");
    lio("old", "/srv/d.img", "Mode: Buffered-WCE");
    lio("device", "/dev/sdb", "Mode: O_DSYNC Async: 0");

    assertThat(read())
        .extracting(OtherCache::path, OtherCache::use)
        .containsExactly(
            tuple("/srv/a b.img", "exported by LIO (fileio_0/cached)"),
            tuple("/srv/d.img", "exported by LIO (fileio_0/old)"));
  }

  @Test
  void fileOfANvmeNamespaceIsNamedIfItIsBuffered() throws IOException {
    nvmet("buffered", "/srv/a.img", "1");
    nvmet("direct", "/srv/b.img", "0");

    assertThat(read()).extracting(OtherCache::path).containsExactly("/srv/a.img");
  }

  @Test
  void erofsImageMountedAsAFileIsNamedOnce() throws IOException {
    Path layer = erofs("layer.erofs", 0);
    mountErofs("0:39", "/layer", layer.toString(), "ro,cache_strategy=readaround");
    mountErofs("0:39", "/again", layer.toString(), "ro,cache_strategy=readaround");

    assertThat(read())
        .containsExactly(
            new OtherCache(
                "erofs",
                layer.toString(),
                "mounted on /layer",
                "its files are cached, too; remount it with the option directio"));
  }

  @Test
  void erofsImageThatIsNotCachedTwiceIsNotNamed() throws IOException {
    mountErofs("0:39", "/a", erofs("direct.erofs", 0).toString(), "ro,directio");
    mountErofs("0:40", "/b", erofs("compressed.erofs", 1).toString(), "ro");
    mountErofs("7:3", "/c", "/dev/loop3", "ro");
    mountErofs("0:41", "/d", "none", "ro,fsid=layer");
    mountErofs("0:42", "/e", root.resolve("gone.erofs").toString(), "ro");

    assertThat(read()).isEmpty();
  }

  private List<OtherCache> read() throws IOException {
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("self/mountinfo"), mountinfo);
    return new OtherCacheReader(proc, sys, new MountTable(proc, () -> 0)).read();
  }

  private Path file(String name, long bytes) throws IOException {
    Path path = root.resolve(name);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(bytes);
    }
    return path;
  }

  private void process(int pid, String program) throws IOException {
    Path directory = Files.createDirectories(proc.resolve(String.valueOf(pid)));
    Files.createDirectory(directory.resolve("fd"));
    Files.createDirectory(directory.resolve("fdinfo"));
    Files.createSymbolicLink(directory.resolve("exe"), Path.of(program));
    Files.writeString(directory.resolve("mountinfo"), mountinfo);
    Files.writeString(
        directory.resolve("maps"), "7f30-7f31 r-xp 00000000 fe:00 4711    /lib/libc.so\n");
  }

  private void open(int pid, Path file, int flags) throws IOException {
    Path directory = proc.resolve(String.valueOf(pid));
    int number = directory.resolve("fd").toFile().list().length;
    Files.createSymbolicLink(directory.resolve("fd/" + number), file);
    Files.writeString(
        directory.resolve("fdinfo/" + number),
        "pos:\t0\nflags:\t0%o\nmnt_id:\t27\nino:\t12\n".formatted(flags | 0100000));
  }

  private void lio(String name, String path, String mode) throws IOException {
    config(
        "target/core/fileio_0/" + name + "/info",
        "Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 16384\n"
            + "        TCM FILEIO ID: 0        File: "
            + path
            + "  Size: 67108864  "
            + mode
            + "\n");
  }

  private void nvmet(String subsystem, String path, String buffered) throws IOException {
    String directory = "nvmet/subsystems/" + subsystem + "/namespaces/1/";
    config(directory + "device_path", path + "\n");
    config(directory + "enable", "1\n");
    config(directory + "buffered_io", buffered + "\n");
  }

  private void config(String attribute, String text) throws IOException {
    Path file = sys.resolve("kernel/config").resolve(attribute);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Writes a superblock, see fs/erofs/erofs_fs.h. */
  private Path erofs(String name, int features) throws IOException {
    byte[] start = new byte[4096];
    ByteBuffer.wrap(start)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(1024, 0xE0F5E1E2)
        .putInt(1024 + 80, features);
    return Files.write(root.resolve(name), start);
  }

  private void mountErofs(String number, String point, String source, String options) {
    mountinfo += "42 27 " + number + " / " + point + " ro - erofs " + source + " " + options + "\n";
  }
}
