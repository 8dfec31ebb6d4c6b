package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.Credentials.Capability;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FileHandle;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.LoopStatus;
import io.fadvised.linux.MountChanges;
import io.fadvised.linux.OpenFile;
import io.fadvised.linux.ServiceNotifier;
import io.fadvised.linux.UeventSocket;
import io.fadvised.loop.Uevent;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requires
@Timeout(60)
class LinuxKernelIT {
  @RegisterExtension final Scratch scratch = new Scratch();

  private final LinuxKernel kernel = new LinuxKernel();

  @Test
  void rootIsRecognizedAsRoot() {
    assertThat(kernel.credentials().userId()).isZero();
    assertThat(Capability.values()).allMatch(kernel.credentials()::has);
    assertThat(kernel.onlineProcessors()).hasToString(Commands.run("getconf", "_NPROCESSORS_ONLN"));
    assertThat(kernel.pageBytes()).hasToString(Commands.run("getconf", "PAGESIZE"));
  }

  @Test
  void mincoreAndCachestatMatchFincore() throws Exception {
    Path file = DataFiles.sparse(scratch.file("data"), 24);
    Commands.run("dd", "if=/dev/zero", "of=" + file, "bs=1M", "seek=5", "count=6", "conv=notrunc");
    Commands.run("sync", file);
    long expected = DataFiles.residentBytes(file);
    assertThat(expected).isEqualTo(6 * MIB);

    try (OpenFile open = open(file)) {
      assertThat(kernel.residentPages(open, 0, 24 * MIB).cardinality() * kernel.pageBytes())
          .isEqualTo(expected);
      CacheStat stat = kernel.cacheStat(open, 0, 0);
      assertThat(stat.residentPages() * kernel.pageBytes()).isEqualTo(expected);
      assertThat(stat.dirtyPages()).isZero();
      assertThat(kernel.residentPages(open, 5 * MIB, 6 * MIB).cardinality() * kernel.pageBytes())
          .isEqualTo(6 * MIB);
      assertThat(kernel.cacheStat(open, 5 * MIB, 6 * MIB).residentPages() * kernel.pageBytes())
          .isEqualTo(6 * MIB);
    }
  }

  @Test
  void smallRangesAreCountedLikeSinglePages() throws Exception {
    Path file = DataFiles.sparse(scratch.file("data"), 300 * 1024); // over three mappings
    for (int mebibyte : new int[] {5, 140_000, 299_999}) {
      Commands.run("dd", "if=" + file, "of=/dev/null", "bs=1M", "skip=" + mebibyte, "count=1");
    }
    long[] offsets =
        LongStream.of(0, 5, 6, 100_000, 140_000, 200_000, 299_999).map(at -> at * MIB).toArray();

    try (OpenFile open = open(file)) {
      int[] counts = kernel.residentPages(open, offsets, 64 << 10);

      assertThat(counts[1]).isEqualTo(16);
      for (int i = 0; i < offsets.length; i++) {
        assertThat(counts[i])
            .isEqualTo(kernel.residentPages(open, offsets[i], 64 << 10).cardinality());
      }
      assertThat(kernel.residentPages(open, new long[0], 64 << 10)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void writtenAndCachedDataIsFoundButNotPagesReadFromAHole(String filesystem) throws Exception {
    Path file = DataFiles.sparse(scratch.filesystem(filesystem).resolve("data"), 1024);
    DataFiles.writeZeros(file, 100, 1);
    Commands.run("sync", file);
    Commands.run("fallocate", "--offset=300MiB", "--length=100MiB", file);
    DataFiles.writeZeros(file, 350, 1); // into allocated blocks, not yet on disk
    DataFiles.writeZeros(file, 500, 1); // into a hole, not yet on disk
    Commands.run("dd", "if=" + file, "of=/dev/null", "bs=1M", "skip=700", "count=1");

    try (OpenFile open = open(file)) {
      assertThat(kernel.mayAskForData(open)).isTrue();
      assertThat(kernel.nextData(open, 0)).hasValue(100 * MIB);
      assertThat(kernel.nextData(open, 100 * MIB + 4096)).hasValue(100 * MIB + 4096);
      assertThat(kernel.nextData(open, 101 * MIB)).hasValue(350 * MIB);
      assertThat(kernel.nextData(open, 351 * MIB)).hasValue(500 * MIB);
      assertThat(kernel.nextData(open, 501 * MIB)).isEmpty();
      assertThat(kernel.nextData(open, 2048 * MIB)).isEmpty();
      assertThat(kernel.residentPages(open, 700 * MIB, MIB).cardinality()).isEqualTo(256);
    }
  }

  @Test
  void seekDataIsUsedOnAnOverlayButNotOnUnknownFilesystems() throws Exception {
    try (OpenFile overlaid = open(DataFiles.sparse(scratch.overlay().resolve("data"), 1));
        OpenFile unknown = open(DataFiles.sparse(Path.of("/dev/shm/fadvised-it"), 1))) {
      assertThat(kernel.mayAskForData(overlaid)).isTrue();
      assertThat(kernel.mayAskForData(unknown)).isFalse();
      assertThat(kernel.fileSystemType(overlaid)).isEqualTo(FileSystemType.OVERLAY);
      assertThat(kernel.fileSystemType(unknown)).isEqualTo(FileSystemType.TMPFS);
    } finally {
      Files.delete(Path.of("/dev/shm/fadvised-it"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void filesystemTypeMatchesTheMountTable(String filesystem) throws Exception {
    try (OpenFile open = open(DataFiles.sparse(scratch.filesystem(filesystem).resolve("f"), 1))) {
      assertThat(kernel.fileSystemType(open)).hasToString(filesystem);
    }
  }

  @Test
  void mountChangesAreReportedOnce() throws Exception {
    MountChanges changes = new MountChanges(Path.of("/proc/self/mountinfo"));
    Recorder.await(Duration.ofSeconds(10), "quiet", () -> !changes.getAsBoolean());

    scratch.mount("tmpfs", "-t", "tmpfs", "tmpfs");

    assertThat(changes.getAsBoolean()).isTrue();
    Recorder.await(Duration.ofSeconds(10), "quiet again", () -> !changes.getAsBoolean());
  }

  @Test
  void mountTableThatCannotBeWatchedAlwaysCountsAsChanged() {
    MountChanges changes = new MountChanges(scratch.file("nowhere"));

    assertThat(changes.getAsBoolean()).isTrue();
    assertThat(changes.getAsBoolean()).isTrue();
  }

  @Test
  void devtmpfsCountsAsInMemory() throws Exception {
    Path file = Path.of("/dev/fadvised-it");
    Commands.run("truncate", "--size=1M", file);
    try (OpenFile open = open(file)) {
      assertThat(kernel.fileSystemType(open).isInMemory()).isTrue();
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void rangeBeyondTheEndIsNotResident() throws Exception {
    Path file = DataFiles.writeClean(scratch.file("data"), 1);

    try (OpenFile open = open(file)) {
      assertThat(kernel.residentPages(open, 64 * MIB, MIB).cardinality()).isZero();
      assertThat(kernel.cacheStat(open, 64 * MIB, MIB).residentPages()).isZero();
      assertThat(kernel.residentPages(open, 0, 2 * MIB).cardinality() * kernel.pageBytes())
          .isEqualTo(MIB);
    }
  }

  @Test
  void dirtyPagesAreCountedAndKeepTheirContent() throws Exception {
    Path file = DataFiles.write(scratch.file("data"), 8);
    long sum = DataFiles.read(file);

    try (OpenFile open = open(file)) {
      CacheStat dirty = kernel.cacheStat(open, 0, 0);
      assertThat(dirty.dirtyPages() + dirty.writebackPages()).isPositive();
      assertThat(dirty.residentPages() * kernel.pageBytes()).isEqualTo(8 * MIB);

      kernel.adviseDontNeed(open, 0, 0);
      Commands.run("sync", file);
      kernel.adviseDontNeed(open, 0, 0);

      assertThat(kernel.cacheStat(open, 0, 0)).isEqualTo(new CacheStat(0, 0, 0));
    }
    assertThat(DataFiles.residentBytes(file)).isZero();
    assertThat(DataFiles.read(file)).isEqualTo(sum);
  }

  @Test
  void adviceEvictsOnlyTheRange() throws Exception {
    Path file = DataFiles.writeClean(scratch.file("data"), 24);

    try (OpenFile open = open(file)) {
      kernel.adviseDontNeed(open, 8 * MIB, 8 * MIB);

      assertThat(DataFiles.residentBytes(file)).isEqualTo(16 * MIB);
      assertThat(kernel.residentPages(open, 8 * MIB, 8 * MIB).cardinality()).isZero();

      kernel.adviseDontNeed(open, 0, 0);
      assertThat(DataFiles.residentBytes(file)).isZero();
    }
  }

  @Test
  void statMatchesStatCommand() throws Exception {
    Path file = DataFiles.write(scratch.file("data"), 1);
    Commands.run("chown", "1234", file);
    Commands.run("chmod", "640", file);

    try (OpenFile open = open(file)) {
      FileStat stat = kernel.stat(open);
      assertThat(text(stat)).isEqualTo(Commands.run("stat", "--format=%d %i %u %s %f", file));
      assertThat(stat.isRegularFile()).isTrue();
      assertThat(kernel.mayMeasure(open)).isTrue();
    }
  }

  @Test
  void locateFollowsNoLinkAndDoesNotBlockOnAFifo() throws Exception {
    Path target = DataFiles.write(scratch.file("target"), 1);
    Path link = Files.createSymbolicLink(scratch.file("link"), target);
    Path fifo = scratch.file("fifo");
    Commands.run("mkfifo", fifo);

    assertThat(kindOf(target)).isEqualTo("a regular file");
    assertThat(kindOf(link)).isEqualTo("a symbolic link");
    assertThat(kindOf(fifo)).isEqualTo("a FIFO");
    assertThat(kindOf(scratch.directory())).isEqualTo("a directory");
    assertThat(kindOf(Path.of("/dev/null"))).isEqualTo("a character device");
    KernelException missing =
        catchThrowableOfType(KernelException.class, () -> kindOf(scratch.file("missing")));
    assertThat(missing.errno()).isEqualTo(Errno.ENOENT);
  }

  @Test
  void locatedFileIsOpenedAfterItsNameChanged() throws Exception {
    Path file = DataFiles.write(scratch.file("data"), 1);

    try (OpenFile located = kernel.locate(bytes(file))) {
      Files.delete(file);
      Files.writeString(file, "another file");
      try (OpenFile open = kernel.openLocated(located)) {
        assertThat(kernel.stat(open)).isEqualTo(kernel.stat(located));
        assertThat(kernel.stat(open).sizeBytes()).isEqualTo(MIB);
        kernel.adviseDontNeed(open, 0, 0);
      }
    }
  }

  @Test
  void readingDoesNotChangeTheAccessTime() throws Exception {
    Path file = DataFiles.write(scratch.file("data"), 1);

    try (OpenFile open = open(file)) {
      String flags = Files.readString(Path.of("/proc/self/fdinfo/" + open.descriptor()));
      assertThat(flags.lines().filter(line -> line.startsWith("flags:")).findFirst().orElseThrow())
          .as("octal, with O_NOATIME (01000000), O_CLOEXEC (02000000) and read-only")
          .matches("flags:\\s+03\\d*0");
    }
  }

  @Test
  void loopStatusIdentifiesTheBackingFile() throws Exception {
    Path file = DataFiles.sparse(scratch.file("image"), 16);
    LoopFixture loop = scratch.attach(file, "--offset=1048576");

    LoopStatus status = loopStatus(loop);

    assertThat(numbers(status.backing())).isEqualTo(Commands.run("stat", "--format=%d %i", file));
    assertThat(status.backedByBlockDevice()).isFalse();
  }

  @Test
  void loopDeviceOnALoopDeviceIsBackedByABlockDevice() throws Exception {
    LoopFixture lower = scratch.attach(DataFiles.sparse(scratch.file("image"), 16));

    assertThat(loopStatus(scratch.attach(lower.node())).backedByBlockDevice()).isTrue();
  }

  @Test
  void detachedLoopDeviceHasNoStatus() {
    LoopFixture loop = scratch.reserve();
    loop.attachAgain(DataFiles.sparse(scratch.file("image"), 16));
    loop.detach();
    loop.awaitDetached();

    KernelException refusal = catchThrowableOfType(KernelException.class, () -> loopStatus(loop));
    assertThat(refusal.errno()).isEqualTo(Errno.ENXIO);
  }

  @Test
  @Requires(programs = "mkfs.ext4")
  void ext4HandleOpensADeletedFile() throws Exception {
    Path mount = scratch.filesystem("ext4");
    Path file = DataFiles.writeClean(mount.resolve("data"), 4);

    try (OpenFile top = kernel.openDirectory(bytes(mount))) {
      FileIdentity identity;
      try (OpenFile held = kernel.locate(bytes(file))) {
        identity = kernel.stat(held).identity();
        Files.delete(file);
        try (OpenFile located = kernel.locateByHandle(top, FileHandle.ext(identity.inode()))) {
          assertThat(kernel.stat(located).identity()).isEqualTo(identity);
        }
      }
      KernelException stale =
          catchThrowableOfType(
              KernelException.class,
              () -> kernel.locateByHandle(top, FileHandle.ext(identity.inode())).close());
      assertThat(stale.errno()).isEqualTo(Errno.ESTALE);
    }
  }

  @Test
  @Requires(programs = "mkfs.xfs")
  void xfsHandleOpensAnInodeAbove32Bits() throws Exception {
    Path image = DataFiles.sparse(scratch.file("xfs.img"), 5L << 20); // 5 TiB of holes
    Path mount = scratch.filesystem("xfs", image, "-d", "agcount=6", "-l", "size=64m");
    Path small = fileWithInode(mount, false);
    Path large = fileWithInode(mount, true); // in a higher allocation group

    for (Path file : new Path[] {small, large}) {
      try (OpenFile top = kernel.openDirectory(bytes(mount));
          OpenFile named = kernel.locate(bytes(file))) {
        FileIdentity identity = kernel.stat(named).identity();
        int generation = kernel.xfsGeneration(top, identity.inode());
        Files.delete(file);
        try (OpenFile located =
                kernel.locateByHandle(top, FileHandle.xfs(identity.inode(), generation));
            OpenFile open = kernel.openLocated(located)) {
          assertThat(kernel.stat(open).identity()).isEqualTo(identity);
        }
        KernelException stale =
            catchThrowableOfType(
                KernelException.class,
                () ->
                    kernel
                        .locateByHandle(top, FileHandle.xfs(identity.inode(), generation + 1))
                        .close());
        assertThat(stale.errno()).isEqualTo(Errno.ESTALE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "@"})
  @Requires(programs = "python3")
  @Timeout(20)
  void notificationsReachTheServiceManager(String prefix) throws Exception {
    String name = prefix + scratch.file("notify");
    Process listener =
        Commands.builder(
                "python3",
                "-u",
                "-c",
                """
                import socket, sys
                name = sys.argv[1]
                listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                listener.settimeout(10)
                listener.bind('\\0' + name[1:] if name[0] == '@' else name)
                print('bound')
                print(listener.recv(4096).decode())
                """,
                name)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    scratch.later(listener::destroyForcibly);
    try (BufferedReader heard = listener.inputReader(UTF_8)) {
      assertThat(heard.readLine()).isEqualTo("bound");

      ServiceNotifier.of(name).send("READY=1\nSTATUS=2 devices");

      assertThat(heard.readLine()).isEqualTo("READY=1");
      assertThat(heard.readLine()).isEqualTo("STATUS=2 devices");
    }
    assertThat(listener.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(
            catchThrowableOfType(
                KernelException.class, () -> ServiceNotifier.of(name).send("STOPPING=1")))
        .hasMessageStartingWith("sendto: ");
  }

  @Test
  void ueventsReportAttachAndDetachWithinASecond() throws Exception {
    Path image = DataFiles.sparse(scratch.file("image"), 16);

    try (UeventSocket socket = UeventSocket.open()) {
      LoopFixture loop = scratch.reserve();
      loop.attachAgain(image);
      assertThat(hasReceived(socket, loop.name())).isTrue();
      while (socket.receive(Duration.ofMillis(100)).isPresent()) {
        // discard earlier events
      }
      loop.detach();
      assertThat(hasReceived(socket, loop.name())).isTrue();
    }
  }

  private static boolean hasReceived(UeventSocket socket, String device) throws KernelException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (System.nanoTime() < end) {
      Optional<String> heard = socket.receive(Duration.ofMillis(100)).flatMap(Uevent::loopDevice);
      if (heard.filter(device::equals).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** XFS places each new directory and its files in another allocation group. */
  private static Path fileWithInode(Path mount, boolean above32Bits) throws Exception {
    for (int i = 0; i < 16; i++) {
      Path directory = Files.createTempDirectory(mount, "group");
      Path file = Files.createFile(directory.resolve("file"));
      long inode = (Long) Files.getAttribute(file, "unix:ino");
      if (inode >= 1L << 32 == above32Bits) {
        return file;
      }
    }
    throw new AssertionError("no inode number on the wanted side of 2^32");
  }

  private LoopStatus loopStatus(LoopFixture loop) throws KernelException {
    try (OpenFile node = kernel.openLoopDevice(bytes(loop.node()))) {
      return kernel.loopStatus(node);
    }
  }

  private OpenFile open(Path file) throws KernelException {
    try (OpenFile located = kernel.locate(bytes(file))) {
      return kernel.openLocated(located);
    }
  }

  private String kindOf(Path file) throws KernelException {
    try (OpenFile located = kernel.locate(bytes(file))) {
      return kernel.stat(located).kind();
    }
  }

  private static String text(FileStat stat) {
    return "%s %d %d %x"
        .formatted(numbers(stat.identity()), stat.ownerId(), stat.sizeBytes(), stat.mode());
  }

  private static String numbers(FileIdentity identity) {
    return identity.device() + " " + identity.inode();
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(UTF_8);
  }
}
