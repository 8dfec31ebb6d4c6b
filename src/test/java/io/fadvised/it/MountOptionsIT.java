package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fadvised.directio.Attachment;
import io.fadvised.directio.AttachmentReader;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mounts each filesystem of this kernel a second time, with the options that doctor prints. */
@Requires(programs = {"losetup", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "mksquashfs"})
class MountOptionsIT {
  private static final int MIB = 1 << 20;

  @RegisterExtension private final Scratch scratch = new Scratch();

  private LoopFixture made(String make) throws IOException {
    String program = make.substring(0, make.indexOf(' '));
    assumeTrue(Commands.attempt("sh", "-c", "command -v " + program).status() == 0, program);
    Path image = DataFiles.sparse(scratch.file("image"), 320);
    Files.write(scratch.directory("files").resolve("data"), new byte[MIB]);
    String script = "cd \"$1\" && (" + make + ") 2>&1";
    Commands.run("sh", "-c", script, "make", scratch.directory());
    return scratch.attach(image);
  }

  private static Attachment read(LoopFixture loop) throws IOException {
    MountTable mounts = new MountTable(Path.of("/proc"), System::nanoTime);
    return new AttachmentReader(Path.of("/sys"), Path.of("/proc"), mounts)
        .read(new RealHost().device(loop));
  }

  private static String shown(Path at) {
    return Commands.run("findmnt", "--noheadings", "--output", "VFS-OPTIONS,FS-OPTIONS", at);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ext2 | mkfs.ext2 -q image | defaults",
        "ext3 | mkfs.ext3 -q image | noatime,errors=continue",
        "ext4 | mkfs.ext4 -q image | defaults",
        "ext4 | mkfs.ext4 -q image | strictatime,nodiratime,lazytime,dirsync",
        "ext4 | mkfs.ext4 -q image | data=journal,usrquota,errors=remount-ro,stripe=16",
        "ext4 | mkfs.ext4 -q image | ro,noload,nosuid,nodev,noexec,nosymfollow",
        "xfs | mkfs.xfs -q image | defaults",
        "xfs | mkfs.xfs -q image | noatime,inode32,wsync,allocsize=64k,largeio,swalloc,nouuid",
        "xfs | mkfs.xfs -q image | ro,norecovery",
        "btrfs | mkfs.btrfs -q image | defaults",
        "btrfs | mkfs.btrfs -q image | nodiscard,compress=zstd:5,ssd,autodefrag",
        "btrfs | mkfs.btrfs -q image | ro,rescue=nologreplay,rescue=ignorebadroots",
        "squashfs | mksquashfs files image -noappend -quiet | ro",
        "squashfs | mksquashfs files image -noappend -quiet | ro,errors=panic,noatime",
        "erofs | mkfs.erofs image files | ro",
        "erofs | mkfs.erofs image files | ro,nouser_xattr,noacl,cache_strategy=disabled"
      })
  void printedOptionsMountTheSameAgain(String filesystem, String make, String options)
      throws IOException {
    LoopFixture loop = made(make);
    Path at = scratch.mount("mounted", "-t", filesystem, "-o", options, loop.node());
    String before = shown(at);
    Attachment.Mount mount = read(loop).mounts().get(0);
    scratch.unmount(at);

    Commands.run("mount", "-t", mount.filesystem(), "-o", mount.options(), mount.node(), at);

    assertThat(shown(at)).isEqualTo(before);
  }

  @Test
  void optionsOfAFilesystemThatWasShutDownMountItAgain() throws IOException {
    LoopFixture loop = made("mkfs.ext4 -q image");
    Path at = scratch.mount("mounted", loop.node());
    String shutDown = // EXT4_IOC_SHUTDOWN
        "import fcntl, os, sys; fcntl.ioctl(os.open(sys.argv[1], 0), 0x8004587d, bytes(4))";
    Commands.run("python3", "-c", shutDown, at);
    Attachment.Mount mount = read(loop).mounts().get(0);
    scratch.unmount(at);

    Commands.run("mount", "-t", mount.filesystem(), "-o", mount.options(), mount.node(), at);
  }

  @ParameterizedTest
  @CsvSource({
    "private, private",
    "private, shared",
    "private, unbindable",
    "shared, private",
    "shared, shared",
    "shared, unbindable"
  })
  void printedOptionsGiveTheSamePropagation(String ofParent, String own) throws IOException {
    LoopFixture loop = made("mkfs.ext4 -q image");
    Path parent = scratch.mount("parent", "-t", "tmpfs", "tmpfs");
    Commands.run("mount", "--make-" + ofParent, parent);
    Path at = scratch.mount("parent/mounted", loop.node());
    Commands.run("mount", "--make-" + own, at);
    String before = propagation(at);
    assertThat(before).contains(own);
    Attachment attached = read(loop);
    Attachment.Mount mount = attached.mounts().get(0);
    scratch.unmount(at);

    Commands.run("mount", "-t", mount.filesystem(), "-o", mount.options(), mount.node(), at);

    assertThat(attached.uses()).isEmpty();
    assertThat(propagation(at)).isEqualTo(before);
    assertThat(mount.options().endsWith("," + own)).isEqualTo(!own.equals(ofParent));
    assertThat(read(loop)).isEqualTo(attached);
  }

  private static String propagation(Path at) {
    return Commands.run("findmnt", "--noheadings", "--output", "PROPAGATION", at).strip();
  }

  @Test
  void peersAreBoundAgainAndStayPeers() throws Exception {
    LoopFixture loop = made("mkfs.ext4 -q image");
    Path at = scratch.mount("mounted", loop.node());
    Commands.run("mount", "--make-shared", at);
    Path bound = scratch.mount("bound", "--bind", at);
    Attachment before = read(loop);
    scratch.unmount(bound);
    scratch.unmount(at);

    Attachment.Mount first = before.mounts().get(0);
    Commands.run("mount", "-t", first.filesystem(), "-o", first.options(), first.node(), at);
    Commands.run("mount", "--bind", before.mounts().get(1).peer().orElseThrow(), bound);

    assertThat(before.uses()).isEmpty();
    assertThat(read(loop)).isEqualTo(before);
    Path below = Files.createDirectory(at.resolve("below"));
    Commands.run("mount", "-t", "tmpfs", "tmpfs", below);
    scratch.later(() -> scratch.unmount(below));
    assertThat(Commands.run("stat", "--file-system", "--format=%T", bound.resolve("below")))
        .isEqualTo("tmpfs");
  }

  @Test
  void copiesByPropagationAndSlavesAreObstacles() throws IOException {
    LoopFixture loop = made("mkfs.ext4 -q image");
    Path parent = scratch.mount("parent", "-t", "tmpfs", "tmpfs");
    Commands.run("mount", "--make-shared", parent);
    Path copy = scratch.mount("copy", "--bind", parent);
    Path at = scratch.mount("parent/mounted", loop.node());
    Path bound = copy.resolve("mounted");

    assertThat(read(loop).uses())
        .containsExactly(
            "mounts on %s and %s in one peer group (unmount one of them)".formatted(at, bound));

    Commands.run("mount", "--make-slave", bound);

    assertThat(read(loop).uses()).containsExactly("slave mount on " + bound);
  }

  @Test
  void idmappedMountIsAnObstacle() throws Exception {
    LoopFixture loop = made("mkfs.ext4 -q image");
    IdmappedMount.of(scratch, scratch.mount("mounted", loop.node()));

    assertThat(read(loop).uses()).anyMatch(use -> use.startsWith("idmapped mount on "));
  }
}
