package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fadvised.linux.Credentials;
import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeFile.Kind;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileSystemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackingFileOpenerTest {
  private static final long DISK = FileIdentity.encodeDevice(8, 1);
  private static final long OTHER_DISK = FileIdentity.encodeDevice(8, 2);
  private static final FileIdentity IMAGE = new FileIdentity(DISK, 100);
  private static final long SIZE = 1 << 20;

  @TempDir private Path proc;
  private final FakeKernel kernel = new FakeKernel();
  private long nanos;
  private BackingFileOpener opener;

  @BeforeEach
  void prepare() throws IOException {
    opener =
        new BackingFileOpener(
            kernel, Path.of("/dev"), proc, new MountTable(proc, () -> nanos), () -> nanos);
    Files.createDirectories(proc.resolve("self/ns"));
    Files.createSymbolicLink(proc.resolve("self/ns/mnt"), Path.of("mnt:[1]"));
    mounts("");
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertThat(kernel.openDescriptors()).isZero();
  }

  private void mounts(String text) throws IOException {
    Files.writeString(proc.resolve("self/mountinfo"), text, ISO_8859_1);
  }

  /** Mounts the disk that the image lies on. */
  private void mount(String filesystem) throws IOException {
    mounts("22 1 8:1 / / rw - " + filesystem + " /dev/sda1 rw\n");
    kernel.mountPoint("/", DISK);
  }

  private FakeFile attachImage() {
    FakeFile image = kernel.file("/a.img", IMAGE, SIZE);
    kernel.attach("loop0", image);
    return image;
  }

  private void process(String number, String namespace) throws IOException {
    Files.createDirectories(proc.resolve(number).resolve("ns"));
    Files.createSymbolicLink(
        proc.resolve(number).resolve("ns/mnt"), Path.of("mnt:[" + namespace + "]"));
  }

  private static LoopDevice device(String path) {
    return new LoopDevice(
        "loop0",
        new BackingPath(path),
        0,
        0,
        SIZE,
        false,
        Optional.of(false),
        512,
        OptionalLong.of(1));
  }

  private String foundBy(String path) throws UnreachableException {
    try (BackingFile found = opener.open(device(path))) {
      assertThat(found.stat().identity()).isEqualTo(IMAGE);
      assertThat(kernel.openDescriptors()).isEqualTo(1);
      return found.foundBy();
    }
  }

  private UnreachableException refusal(String path) {
    UnreachableException refusal =
        catchThrowableOfType(UnreachableException.class, () -> opener.open(device(path)).close());
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext2", "ext3", "ext4"})
  void handleOnExtNeedsNoName(String filesystem) throws Exception {
    mount(filesystem);
    attachImage();
    kernel.unlink("/a.img");

    assertThat(foundBy("/a.img (deleted)")).isEqualTo("file handle on " + filesystem);
    assertThat(kernel.calls("locate")).isEmpty();
  }

  @Test
  void handleOnXfsHasTheGeneration() throws Exception {
    mount("xfs");
    attachImage().generation(0x1234);
    kernel.unlink("/a.img");

    assertThat(foundBy("/x")).isEqualTo("file handle on xfs");
  }

  @Test
  void inodeOfMoreThan32BitsIsOpenedOnXfs() throws Exception {
    mount("xfs");
    FileIdentity far = new FileIdentity(DISK, 1L << 33);
    kernel.attach("loop0", kernel.file("/far", far, SIZE).generation(5));

    try (BackingFile found = opener.open(device("/nowhere"))) {
      assertThat(found.stat().identity()).isEqualTo(far);
    }
  }

  @Test
  void pathIsUsedWithoutTheCapabilityForHandles() throws Exception {
    mount("ext4");
    attachImage().ownedBy(1000);
    kernel.runAs(FakeKernel.USER);

    assertThat(foundBy("/a.img")).isEqualTo("path");
  }

  @Test
  void mountUnderAnotherMountIsNotUsed() throws Exception {
    mounts(
        """
        22 1 8:1 / /over rw - ext4 /dev/sda1 rw
        23 1 8:1 / /free rw - ext4 /dev/sda1 rw
        """);
    kernel.mountPoint("/over", OTHER_DISK);
    kernel.mountPoint("/free", DISK);
    // another file with the same inode number on the upper filesystem
    kernel.file("/over/innocent", new FileIdentity(OTHER_DISK, IMAGE.inode()), SIZE);
    attachImage();

    assertThat(foundBy("/nowhere")).isEqualTo("file handle on ext4");
    assertThat(kernel.calls("open_by_handle_at")).hasSize(1);
  }

  @Test
  void mountPointThatIsAFileIsSkipped() throws Exception {
    mounts(
        """
        22 1 8:1 /etc/hosts /hosts rw - ext4 /dev/sda1 rw
        23 1 8:1 / /free rw - ext4 /dev/sda1 rw
        """);
    kernel.file("/hosts", new FileIdentity(DISK, 50), SIZE);
    kernel.mountPoint("/free", DISK);
    attachImage();

    assertThat(foundBy("/nowhere")).isEqualTo("file handle on ext4");
  }

  @Test
  void pathOnOtherFilesystemsIsVerified() throws Exception {
    mount("btrfs");
    attachImage();

    assertThat(foundBy("/a.img")).isEqualTo("path");
    assertThat(kernel.calls("open_by_handle_at")).isEmpty();
  }

  @Test
  void pathIsUsedIfTheMountTableIsUnreadable() throws Exception {
    Files.delete(proc.resolve("self/mountinfo"));
    attachImage();

    assertThat(foundBy("/a.img")).isEqualTo("path");
  }

  @Test
  void pathMayHaveAnyBytes() throws Exception {
    attachImage();
    kernel.link(kernel.file("/b", IMAGE, SIZE), "/n\u00ff\n x");

    assertThat(foundBy("/n\u00ff\n x")).isEqualTo("path");
  }

  @Test
  void pathOfAnotherFileIsNeverOpened() throws Exception {
    attachImage();
    kernel.file("/b.img", new FileIdentity(DISK, 101), SIZE);

    assertThat(refusal("/b.img").reason())
        .isEqualTo(
            "cannot reach the backing file (inode 100 on device 8:1): by path: found another file");
    assertThat(kernel.calls("openLocated")).isEmpty();
  }

  @Test
  void sameInodeOnAnotherFilesystemIsAnotherFile() throws Exception {
    attachImage();
    kernel.file("/b.img", new FileIdentity(OTHER_DISK, IMAGE.inode()), SIZE);

    assertThat(refusal("/b.img").kind()).isEqualTo(UnreachableException.Kind.NOT_FOUND);
  }

  @Test
  void filesystemOfASubvolumeHasTheNumberOfItsMount() throws Exception {
    long subvolume = FileIdentity.encodeDevice(0, 99);
    mount("btrfs");
    kernel.attach("loop0", kernel.file("/sub/a", new FileIdentity(subvolume, 7), SIZE));

    try (BackingFile found = opener.open(device("/sub/a"))) {
      assertThat(found.filesystemDevice()).isEqualTo(DISK);
      assertThat(opener.likelyFilesystem(device("/sub/a"))).hasValue(DISK);
    }
  }

  @Test
  void filesystemIsGuessedWithoutACall() throws Exception {
    mount("fuse.sshfs");

    assertThat(opener.likelyFilesystem(device("/dir/a"))).hasValue(DISK);
    assertThat(opener.likelyFilesystem(device("stump"))).isEmpty();
    assertThat(kernel.calls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"fuse.sshfs, true", "nfs4, true", "ext4, false", "overlay, false"})
  void hungQueryIsBlamedOnARemoteFilesystemOnly(String type, boolean blamed) throws Exception {
    mount(type);
    attachImage();
    List<OpeningStep> steps = new ArrayList<>();

    opener.open(device("/a.img"), steps::add).close();

    assertThat(steps.get(0).filesystem().isPresent()).isEqualTo(blamed);
    assertThat(steps).last().extracting(OpeningStep::filesystem).isEqualTo(OptionalLong.of(DISK));
  }

  @Test
  void lookupIsBlamedOnTheMountThatThePathLeadsInto() throws Exception {
    mounts(
        """
        22 1 8:1 / / rw - ext4 /dev/sda1 rw
        23 22 0:50 / /pod rw - nfs server:/pod rw
        """);
    attachImage();
    kernel.link(kernel.file("/b", IMAGE, SIZE), "/pod/a.img");
    List<OpeningStep> steps = new ArrayList<>();

    opener.open(device("/pod/a.img"), steps::add).close();

    assertThat(steps)
        .extracting(OpeningStep::filesystem)
        .contains(OptionalLong.of(FileIdentity.encodeDevice(0, 50)));
  }

  private Optional<String> hostPath(String label) throws UnreachableException {
    try (BackingFile found = opener.open(device(label))) {
      return found.hostPath().map(BackingPath::raw);
    }
  }

  @Test
  void fileOpenedByHandleKnowsItsPathOnTheHost() throws Exception {
    mount("ext4");
    attachImage();

    assertThat(hostPath("/pvc/a.img")).hasValue("/a.img");

    kernel.unlink("/a.img");
    assertThat(hostPath("/pvc/a.img (deleted)")).hasValue("/gone (deleted)");
  }

  @Test
  void pathOutsideOfTheUsedMountIsNotReported() throws Exception {
    mounts("22 1 8:1 /sub /bind rw - ext4 /dev/sda1 rw\n");
    kernel.mountPoint("/bind", DISK);
    attachImage();

    assertThat(hostPath("/pvc/a.img")).isEmpty();
  }

  @Test
  void mountOfTheWholeFilesystemIsPreferredToABindOfAPart() throws Exception {
    mounts(
        """
        22 1 8:1 /sub /bind rw - ext4 /dev/sda1 rw
        23 1 8:1 / /data rw - ext4 /dev/sda1 rw
        """);
    kernel.mountPoint("/bind", DISK);
    kernel.mountPoint("/data", DISK);
    kernel.attach("loop0", kernel.file("/data/a.img", IMAGE, SIZE));

    assertThat(hostPath("/pvc/a.img")).hasValue("/data/a.img");
  }

  @Test
  void pathThatLeadsToTheFileIsItsPathOnTheHost() throws Exception {
    attachImage();

    assertThat(hostPath("/a.img")).hasValue("/a.img");
  }

  @Test
  void fileOfAnotherNamespaceHasNoPathOnTheHost() throws Exception {
    process("20", "2");
    attachImage();
    kernel.file(proc + "/20/root/pvc/a.img", IMAGE, SIZE);

    assertThat(hostPath("/pvc/a.img")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = "REGULAR", mode = EnumSource.Mode.EXCLUDE)
  void fileThatIsNotRegularIsNeverOpened(Kind kind) {
    attachImage();
    kernel.file("/odd", new FileIdentity(DISK, 102), kind, 0);

    assertThat(refusal("/odd").reason()).contains("by path: found a");
    assertThat(kernel.calls("openLocated")).isEmpty();
  }

  @Test
  void missingPathIsNotFound() {
    attachImage();

    UnreachableException refusal = refusal("/elsewhere");

    assertThat(refusal.kind()).isEqualTo(UnreachableException.Kind.NOT_FOUND);
    assertThat(refusal.reason()).endsWith("by path: no such file");
  }

  @Test
  void unreachableDeletedFileIsReportedAsDeleted() throws Exception {
    mount("btrfs");
    attachImage();
    kernel.unlink("/a.img");

    assertThat(refusal("/a.img (deleted)").kind()).isEqualTo(UnreachableException.Kind.DELETED);
  }

  @Test
  void nameEndingInTheDeletedMarkIsNotReportedAsDeleted() throws Exception {
    attachImage();
    kernel.link(kernel.file("/b", IMAGE, SIZE), "/b (deleted)");

    assertThat(foundBy("/b (deleted)")).isEqualTo("path");
  }

  @Test
  void deviceBackedByABlockDeviceIsRejected() {
    kernel.attach(
        "loop0", kernel.file("/dev/sdb", new FileIdentity(5, 7), Kind.BLOCK_DEVICE, SIZE));

    assertThat(refusal("/dev/sdb").kind()).isEqualTo(UnreachableException.Kind.BLOCK_DEVICE);
  }

  @ParameterizedTest
  @MethodSource("memoryFilesystems")
  void fileInMemoryIsRejectedWithoutAMountTableEntry(FileSystemType type) {
    attachImage().on(type);

    assertThat(refusal("/a.img").kind()).isEqualTo(UnreachableException.Kind.IN_MEMORY);
    assertThat(refusal("/a.img").reason()).contains("on " + type + ":");
  }

  static List<FileSystemType> memoryFilesystems() {
    return List.of(FileSystemType.TMPFS, FileSystemType.RAMFS, FileSystemType.HUGETLBFS);
  }

  @ParameterizedTest
  @CsvSource({
    "/upper, 'lowerdir=/lower,upperdir=/upper,workdir=/work'",
    "/lower, 'lowerdir=/none:/lower,upperdir=/upper,workdir=/work'",
    "/lower, 'lowerdir+=/none,lowerdir+=/lower,userxattr'",
  })
  void fileOfAnOverlayIsInMemoryIfItsLayerIs(String layer, String options) throws Exception {
    mounts("22 1 8:1 / /merged rw - overlay overlay rw," + options + "\n");
    kernel.link(attachImage().on(FileSystemType.OVERLAY), "/merged/a.img");
    FileIdentity real = new FileIdentity(OTHER_DISK, 7);
    kernel.file(layer + "/a.img", real, SIZE).on(FileSystemType.TMPFS);

    assertThat(refusal("/merged/a.img").kind()).isEqualTo(UnreachableException.Kind.IN_MEMORY);
    assertThat(refusal("/merged/a.img").reason()).contains("on overlay over tmpfs:");
  }

  @Test
  void layerBelowABindMountOfAnOverlayIsFound() throws Exception {
    mounts("22 1 8:1 /disks /srv rw - overlay overlay rw,lowerdir=/lower,upperdir=/upper\n");
    kernel.link(attachImage().on(FileSystemType.OVERLAY), "/srv/a.img");
    FileIdentity real = new FileIdentity(OTHER_DISK, 7);
    kernel.file("/upper/disks/a.img", real, SIZE).on(FileSystemType.TMPFS);

    assertThat(refusal("/srv/a.img").kind()).isEqualTo(UnreachableException.Kind.IN_MEMORY);
  }

  @ParameterizedTest
  @CsvSource({
    "/upper/a.img, 1048576, lowerdir=/lower",
    "upper/a.img, 1048576, 'lowerdir=lower,upperdir=upper'",
    "/upper/a.img, 4096, 'lowerdir=/lower,upperdir=/upper'",
  })
  void fileOfAnOverlayIsOpenedIfItsLayerIsNotFound(String path, long size, String options)
      throws Exception {
    mounts("22 1 8:1 / /merged rw - overlay overlay rw," + options + "\n");
    kernel.link(attachImage().on(FileSystemType.OVERLAY), "/merged/a.img");
    kernel.file(path, new FileIdentity(OTHER_DISK, 7), size).on(FileSystemType.TMPFS);

    assertThat(foundBy("/merged/a.img")).isEqualTo("path");
  }

  @Test
  void openedFileHasTheTypeOfItsFilesystem() throws Exception {
    attachImage().on(FileSystemType.OVERLAY);

    try (BackingFile found = opener.open(device("/a.img"))) {
      assertThat(found.filesystemType()).isEqualTo(FileSystemType.OVERLAY);
    }
  }

  @Test
  void deviceWithoutAFileIsDetached() {
    kernel.detach("loop0");

    assertThat(refusal("/a.img").kind()).isEqualTo(UnreachableException.Kind.DETACHED);
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EACCES"})
  void deniedQueryIsReportedAsNotPermitted(Errno errno) {
    attachImage();
    kernel.fail("openLoopDevice", errno);

    assertThat(refusal("/a.img").kind()).isEqualTo(UnreachableException.Kind.NOT_PERMITTED);

    kernel.mend("openLoopDevice");
    kernel.fail("LOOP_GET_STATUS64", errno);

    assertThat(refusal("/a.img").kind()).isEqualTo(UnreachableException.Kind.NOT_PERMITTED);
  }

  @Test
  void missingDeviceNodeIsNotFound() {
    UnreachableException refusal = refusal("/a.img");

    assertThat(refusal.kind()).isEqualTo(UnreachableException.Kind.NOT_FOUND);
    assertThat(refusal.reason()).isEqualTo("cannot query /dev/loop0: open: no such file (ENOENT)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openDirectory",
        "fstat",
        "open_by_handle_at",
        "XFS_IOC_FSBULKSTAT_SINGLE",
        "locate",
        "openLocated",
        "fstatfs",
        "readlink",
      })
  void everyDescriptorIsClosedAfterAFailedCall(String call) throws Exception {
    mount("xfs");
    attachImage();
    kernel.fail(call, Errno.EIO);

    try (BackingFile found = opener.open(device("/a.img"))) {
      assertThat(found.stat().identity()).isEqualTo(IMAGE);
    } catch (UnreachableException e) {
      assertThat(e.kind()).isEqualTo(UnreachableException.Kind.NOT_FOUND);
    }
  }

  @Test
  void locatedFileIsOpenedEvenIfItsPathIsReplaced() throws Exception {
    attachImage();
    kernel.beforeNext(
        "openLocated", () -> kernel.file("/a.img", new FileIdentity(DISK, 666), SIZE));

    assertThat(foundBy("/a.img")).isEqualTo("path");
    assertThat(kernel.calls("openLocated")).extracting("target").containsExactly(IMAGE.toString());
  }

  @Test
  void fileReplacedBeforeItIsLocatedIsNotUsed() {
    attachImage();
    kernel.beforeNext("locate", () -> kernel.file("/a.img", new FileIdentity(DISK, 666), SIZE));

    assertThat(refusal("/a.img").reason()).endsWith("by path: found another file");
  }

  @Test
  void pathIsTriedInEachOtherMountNamespace() throws Exception {
    process("10", "1"); // our own namespace
    process("20", "2");
    process("21", "2"); // the same again
    process("30", "3");
    attachImage();
    kernel.file(proc + "/20/root/pvc/a.img", new FileIdentity(DISK, 103), SIZE);
    kernel.file(proc + "/30/root/pvc/a.img", IMAGE, SIZE);

    assertThat(foundBy("/pvc/a.img")).isEqualTo("path in the mount namespace of process 30");
    assertThat(kernel.calls("locate"))
        .extracting(FakeKernel.Call::target)
        .doesNotContain(proc + "/10/root/pvc/a.img")
        .filteredOn(path -> path.matches(".*/2[01]/root/pvc/a.img"))
        .hasSizeLessThan(2);
  }

  @Test
  void hangInAnotherNamespaceIsBlamedOnNoFilesystem() throws Exception {
    mount("btrfs");
    process("20", "2");
    attachImage();
    kernel.unlink("/a.img");
    List<OpeningStep> steps = new ArrayList<>();

    assertThatExceptionOfType(UnreachableException.class)
        .isThrownBy(() -> opener.open(device("/a.img"), steps::add));

    assertThat(steps)
        .extracting(OpeningStep::words)
        .last()
        .isEqualTo("trying its path in the mount namespace of process 20");
    assertThat(steps).last().extracting(OpeningStep::filesystem).isEqualTo(OptionalLong.empty());
  }

  @Test
  void namespaceWithAHungVisitIsExcluded() throws Exception {
    attachImage();
    kernel.unlink("/a.img");
    process("20", "2");
    process("30", "3");
    kernel.file(proc + "/20/root/pvc/a.img", IMAGE, SIZE);
    kernel.file(proc + "/30/root/pvc/a.img", IMAGE, SIZE);
    AtomicReference<String> foundMeanwhile = new AtomicReference<>();
    hangIn("/root/", () -> foundMeanwhile.set(foundBy("/pvc/a.img")));

    opener.open(device("/pvc/a.img")).close();

    assertThat(foundMeanwhile.get()).startsWith("path in the mount namespace of process");
    assertThat(locatedBelow("/20/root/")).isEqualTo(1);
    assertThat(locatedBelow("/30/root/")).isEqualTo(1);
  }

  @Test
  void namespaceWithASlowVisitIsExcludedUntilItEnds() throws Exception {
    attachImage();
    kernel.unlink("/a.img");
    process("20", "2");
    hangIn("/20/root/", () -> {});
    refusal("/pvc/a.img");
    kernel.file(proc + "/20/root/pvc/a.img", IMAGE, SIZE);

    nanos += Duration.ofMinutes(5).toNanos();
    refusal("/pvc/a.img");
    assertThat(locatedBelow("/20/root/")).isEqualTo(1);

    Files.delete(proc.resolve("20/ns/mnt")); // the namespace ends, and its number is used again
    nanos += Duration.ofMinutes(1).toNanos();
    refusal("/pvc/a.img");
    process("21", "2");
    kernel.file(proc + "/21/root/pvc/a.img", IMAGE, SIZE);
    nanos += Duration.ofMinutes(1).toNanos();
    assertThat(foundBy("/pvc/a.img")).isEqualTo("path in the mount namespace of process 21");
  }

  @Test
  void slowFilesystemOfTheFileDoesNotExcludeTheNamespace() throws Exception {
    attachImage();
    kernel.unlink("/a.img");
    process("20", "2");
    kernel.file(proc + "/20/root/pvc/a.img", IMAGE, SIZE);
    kernel.before("openLocated", call -> nanos += Duration.ofSeconds(10).toNanos());

    assertThat(foundBy("/pvc/a.img")).contains("process 20");
    assertThat(foundBy("/pvc/a.img")).contains("process 20");
  }

  /** Makes a lookup below the path take three seconds and runs {@code meanwhile} during it. */
  private void hangIn(String path, ThrowingRunnable meanwhile) {
    kernel.before(
        "locate",
        call -> {
          if (call.target().contains(path)) {
            kernel.mend("locate");
            nanos += Duration.ofSeconds(3).toNanos();
            try {
              meanwhile.run();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          }
        });
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  private long locatedBelow(String path) {
    return kernel.calls("locate").stream().filter(call -> call.target().contains(path)).count();
  }

  @Test
  void listOfNamespacesIsCachedFor30Seconds() throws Exception {
    attachImage();
    kernel.file(proc + "/20/root/pvc/a.img", IMAGE, SIZE);
    assertThat(refusal("/pvc/a.img").reason()).doesNotContain("namespace");

    process("20", "2");
    nanos += Duration.ofSeconds(29).toNanos();
    assertThat(refusal("/pvc/a.img").reason()).doesNotContain("namespace");

    nanos += Duration.ofSeconds(2).toNanos();
    assertThat(foundBy("/pvc/a.img")).startsWith("path in the mount namespace");
  }

  @Test
  void relativePathIsNotTriedInOtherNamespaces() throws Exception {
    process("20", "2");
    attachImage();

    assertThat(refusal("x.img").reason()).doesNotContain("namespaces");
  }

  @Test
  void repeatedReasonIsReportedOnce() throws Exception {
    StringBuilder binds = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      binds.append("%d 1 8:1 / /bind%d rw - ext4 /dev/sda1 rw\n".formatted(i, i));
      kernel.mountPoint("/bind" + i, DISK);
    }
    mounts(binds.toString());
    attachImage();
    kernel.runAs(new Credentials(0, 0, false));

    assertThat(refusal("/nowhere").reason())
        .isEqualTo(
            "cannot reach the backing file (inode 100 on device 8:1): by file handle:"
                + " open_by_handle_at: not permitted (EPERM); by path: no such file");
  }
}
