package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.UnreachableException;
import io.fadvised.loop.UnreachableException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requires(programs = {"mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "unshare", "nsenter"})
@Timeout(60)
class BackingFileOpenerIT {
  private static final String BTRFS = "btrfs";

  @RegisterExtension final Scratch scratch = new Scratch();

  private final RealHost host = new RealHost();
  private List<String> openBefore;

  @BeforeEach
  void rememberWhatIsOpen() throws Exception {
    openBefore = OpenFiles.ofThisProcess();
  }

  @AfterEach
  void nothingStaysOpen() throws Exception {
    assertThat(OpenFiles.ofThisProcess()).isEqualTo(openBefore);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void fileIsOpenedByHandle(String filesystem) throws Exception {
    Path image = image(scratch.filesystem(filesystem).resolve("a b\n.img"));

    assertOpens(scratch.attach(image), inode(image), "file handle on " + filesystem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void deletedFileIsOpenedByHandle(String filesystem) throws Exception {
    Path image = image(scratch.filesystem(filesystem).resolve("image"));
    long inode = inode(image);
    LoopFixture loop = scratch.attach(image);
    Files.delete(image);
    image(image);

    assertThat(loop.backingFile()).endsWith(" (deleted)");
    assertOpens(loop, inode, "file handle on " + filesystem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", BTRFS})
  void renamedFileIsOpened(String filesystem) throws Exception {
    Path image = image(scratch.filesystem(filesystem).resolve("image"));
    LoopFixture loop = scratch.attach(image);
    Path moved = Files.move(image, image.resolveSibling("moved"));

    assertOpens(loop, inode(moved), wayOn(filesystem));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", BTRFS})
  void fileWithPathInAnotherMountNamespaceIsOpened(String filesystem) throws Exception {
    Path mount = scratch.filesystem(filesystem);
    Path image = image(mount.resolve("image"));
    Path there = scratch.directory("there");
    OtherNamespace namespace = scratch.namespace();
    namespace.run("mount --bind %s %s".formatted(mount, there));

    LoopFixture loop = scratch.attachIn(namespace, there.resolve("image"));

    assertThat(there.resolve("image")).doesNotExist();
    assertOpens(loop, inode(image), wayOn(filesystem, namespace));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", BTRFS})
  void fileOfAnotherMountNamespaceIsOpenedIfThePathIsAnotherFileHere(String filesystem)
      throws Exception {
    Path mount = scratch.filesystem(filesystem);
    Path image = image(mount.resolve("image"));
    Path there = scratch.directory("there");
    Path decoy = image(there.resolve("image"));
    OtherNamespace namespace = scratch.namespace();
    namespace.run("mount --bind %s %s".formatted(mount, there));

    LoopFixture loop = scratch.attachIn(namespace, decoy);

    assertThat(loop.backingFile()).isEqualTo(decoy.toString());
    assertOpens(loop, inode(image), wayOn(filesystem, namespace));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", BTRFS})
  void fileOnAFilesystemOfAnotherMountNamespaceIsOpened(String filesystem) throws Exception {
    Path mount = scratch.filesystem(filesystem);
    Path image = image(mount.resolve("image"));
    long inode = inode(image);
    Path there = scratch.directory("there");
    OtherNamespace namespace = scratch.namespace();
    namespace.run("mount --bind %s %s".formatted(mount, there));
    scratch.unmount(mount);

    LoopFixture loop = scratch.attachIn(namespace, there.resolve("image"));

    assertOpens(loop, inode, "path in the mount namespace of process " + namespace.pid());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", BTRFS})
  void fileOfAGoneMountNamespaceIsOpenedOnlyByHandle(String filesystem) throws Exception {
    Path mount = scratch.filesystem(filesystem);
    Path image = image(mount.resolve("image"));
    Path there = scratch.directory("there");
    OtherNamespace namespace = scratch.namespace();
    namespace.run("mount --bind %s %s".formatted(mount, there));
    LoopFixture loop = scratch.attachIn(namespace, there.resolve("image"));
    namespace.end();

    if (filesystem.equals(BTRFS)) {
      assertUnreachable(loop, Kind.NOT_FOUND, "no such file");
    } else {
      assertOpens(loop, inode(image), "file handle on ext4");
    }
  }

  @Test
  void fileOnBtrfsIsOpenedByPath() throws Exception {
    Path image = image(scratch.filesystem(BTRFS).resolve("a b\n.img"));

    assertOpens(scratch.attach(image), inode(image), "path");
  }

  @Test
  void fileOnABtrfsSubvolumeIsOpenedByPath() throws Exception {
    Path mount = scratch.filesystem(BTRFS);
    Commands.run("btrfs", "subvolume", "create", mount.resolve("sub"));
    Path image = image(mount.resolve("sub/image"));

    assertOpens(scratch.attach(image), inode(image), "path");
  }

  @Test
  void fileOnAnOverlayIsOpenedByPath() throws Exception {
    Path image = image(scratch.overlay().resolve("image"));

    assertOpens(scratch.attach(image), inode(image), "path");
  }

  @Test
  void fileInAnOverlayOfAnotherMountNamespaceIsOpenedByPath() throws Exception {
    Path at = scratch.directory("merged");
    OtherNamespace namespace = scratch.namespace();
    namespace.run(
        "mount -t overlay overlay -o lowerdir=%s,upperdir=%s,workdir=%s %s"
            .formatted(
                scratch.directory("lower"),
                scratch.directory("upper"),
                scratch.directory("work"),
                at));
    namespace.run("truncate -s 4M " + at.resolve("image"));

    LoopFixture loop = scratch.attachIn(namespace, at.resolve("image"));

    try (BackingFile found = host.opener.open(host.device(loop))) {
      assertThat(found.foundBy())
          .isEqualTo("path in the mount namespace of process " + namespace.pid());
      assertThat(found.stat().sizeBytes()).isEqualTo(4 * MIB);
    }
  }

  @Test
  @Requires(programs = "mksquashfs")
  void fileOnSquashfsIsOpenedByPath() throws Exception {
    Path content = scratch.directory("content");
    image(content.resolve("image"));
    Path archive = scratch.file("archive");
    Commands.run("mksquashfs", content, archive, "-quiet", "-no-progress");
    Path mount = scratch.mount("squashed", "-t", "squashfs", scratch.attach(archive).node());
    Path image = mount.resolve("image");

    assertOpens(scratch.attach(image, "--read-only"), inode(image), "path");
  }

  @Test
  void otherFileOfTheSameNameIsRejected() throws Exception {
    LoopFixture loop = attachedAndMovedAway();
    LoopDevice asItWas = host.device(loop);
    Path name = Path.of(asItWas.backingPath().text());
    Files.move(name, name.resolveSibling("moved"));
    image(name);

    assertUnreachable(asItWas, Kind.NOT_FOUND, "found another file");
  }

  @Test
  void symbolicLinkToTheFileIsNotFollowed() throws Exception {
    LoopFixture loop = attachedAndMovedAway();
    LoopDevice asItWas = host.device(loop);
    Path name = Path.of(asItWas.backingPath().text());
    Path moved = Files.move(name, name.resolveSibling("moved"));
    Files.createSymbolicLink(name, moved);

    assertUnreachable(asItWas, Kind.NOT_FOUND, "found a symbolic link");
  }

  @Test
  void fifoOfTheSameNameIsNotOpened() throws Exception {
    LoopFixture loop = attachedAndMovedAway();
    LoopDevice asItWas = host.device(loop);
    Path name = Path.of(asItWas.backingPath().text());
    Files.move(name, name.resolveSibling("moved"));
    Commands.run("mkfifo", name);

    assertUnreachable(asItWas, Kind.NOT_FOUND, "found a FIFO");
  }

  @Test
  void deletedFileOnBtrfsIsUnreachable() throws Exception {
    Path image = image(scratch.filesystem(BTRFS).resolve("image"));
    LoopFixture loop = scratch.attach(image);
    Files.delete(image);

    assertUnreachable(loop, Kind.DELETED, "deleted");
  }

  @Test
  void fileNamedLikeADeletedOneIsOpened() throws Exception {
    Path image = image(scratch.filesystem(BTRFS).resolve("image (deleted)"));

    assertOpens(scratch.attach(image), inode(image), "path");
  }

  @Test
  void loopDeviceOnALoopDeviceIsNotOpened() throws Exception {
    LoopFixture lower = scratch.attach(image(scratch.file("image")));

    assertUnreachable(scratch.attach(lower.node()), Kind.BLOCK_DEVICE, "block device");
  }

  @Test
  void detachedDeviceIsReported() throws Exception {
    LoopFixture loop = scratch.reserve();
    loop.attachAgain(image(scratch.file("image")));
    LoopDevice asItWas = host.device(loop);
    loop.detach();
    loop.awaitDetached();

    assertUnreachable(asItWas, Kind.DETACHED, "nothing is attached");
  }

  /** Attaches an image on btrfs, which has no handles to fall back on. */
  private LoopFixture attachedAndMovedAway() throws IOException {
    return scratch.attach(image(scratch.filesystem(BTRFS).resolve("image")));
  }

  private static String wayOn(String filesystem) {
    return filesystem.equals(BTRFS) ? "path" : "file handle on " + filesystem;
  }

  private static String wayOn(String filesystem, OtherNamespace namespace) {
    return filesystem.equals(BTRFS)
        ? "path in the mount namespace of process " + namespace.pid()
        : "file handle on " + filesystem;
  }

  private void assertOpens(LoopFixture loop, long inode, String way) throws Exception {
    try (BackingFile found = host.opener.open(host.device(loop))) {
      assertThat(found.foundBy()).isEqualTo(way);
      assertThat(found.stat().identity().inode()).isEqualTo(inode);
      assertThat(host.kernel().stat(found.file())).isEqualTo(found.stat());
      host.kernel().adviseDontNeed(found.file(), 0, 0);
      assertThat(host.kernel().residentPages(found.file(), 0, 4 * MIB).cardinality()).isZero();
    }
  }

  private void assertUnreachable(LoopFixture loop, Kind kind, String words) throws IOException {
    assertUnreachable(host.device(loop), kind, words);
  }

  private void assertUnreachable(LoopDevice device, Kind kind, String words) {
    UnreachableException refusal =
        catchThrowableOfType(UnreachableException.class, () -> host.opener.open(device).close());
    assertThat(refusal.kind()).as(refusal.reason()).isEqualTo(kind);
    assertThat(refusal.reason()).contains(words);
  }

  private static Path image(Path file) {
    return DataFiles.writeClean(file, 4);
  }

  private static long inode(Path file) throws IOException {
    return (Long) Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }
}
