package io.fadvised.it;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import io.fadvised.doctor.Doctor;
import io.fadvised.doctor.OtherCache;
import io.fadvised.linux.LinuxDirectIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files that are cached twice without a loop device. */
@Requires(programs = {"mkfs.erofs", "fincore"})
class OtherCachesIT {
  private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
  private static final int MIB = 1 << 20;
  private static final int MS_RDONLY = 1;

  @RegisterExtension private final Scratch scratch = new Scratch();

  private interface LibC extends Library {
    int mount(String source, String target, String type, long flags, String options)
        throws LastErrorException;
  }

  private List<OtherCache> examine() throws IOException, InterruptedException {
    return new Doctor(
            new RealHost().forEngine(),
            new LinuxDirectIo(),
            Path.of("/dev"),
            Path.of("/sys"),
            Path.of("/proc"),
            "")
        .examine(Duration.ZERO, device -> false, soFar -> {}).otherCaches().stream()
            .filter(found -> found.path().startsWith(scratch.directory().toString()))
            .toList();
  }

  @Test
  void erofsImageMountedAsAFileIsNamedUntilItHasDirectIo() throws Exception {
    Path files = scratch.directory("files");
    DataFiles.write(files.resolve("data"), 4);
    Path image = scratch.file("layer.erofs");
    Commands.run("mkfs.erofs", "--quiet", image, files);
    Path at = scratch.directory("layer");
    mountFile(image, at);

    Files.readAllBytes(at.resolve("data"));

    assertThat(examine())
        .containsExactly(
            new OtherCache(
                "erofs",
                image.toString(),
                "mounted on " + at,
                "its files are cached, too; remount it with the option directio"));
    assertThat(DataFiles.residentBytes(image)).isGreaterThan(3 * MIB);
    assertThat(DataFiles.residentBytes(at.resolve("data"))).isGreaterThan(3 * MIB);

    Commands.run("mount", "-o", "remount,directio", at);

    assertThat(examine()).isEmpty();
  }

  /** mount(8) attaches a loop device instead, before util-linux 2.41. */
  private void mountFile(Path image, Path at) {
    try {
      Native.load("c", LibC.class).mount(image.toString(), at.toString(), "erofs", MS_RDONLY, "");
    } catch (LastErrorException e) {
      assumeTrue(false, "this kernel mounts no EROFS images as files: " + e.getMessage());
    }
    scratch.later(() -> scratch.unmount(at));
  }

  /** The program only has the name of a virtual machine. */
  @Test
  void imageIsNamedIfAVirtualMachineHasItOpen() throws Exception {
    Path image = DataFiles.sparse(scratch.file("vm.img"), 256);
    Path shell = Path.of("/bin/sh").toRealPath();
    open(shell, image);

    assertThat(examine()).isEmpty();

    Path program = Files.copy(shell, scratch.file("qemu-system-it"), COPY_ATTRIBUTES);
    Process machine = open(program, image);

    assertThat(examine())
        .containsExactly(
            new OtherCache(
                "image",
                image.toString(),
                "open by qemu-system-it (pid " + machine.pid() + ")",
                "the guest caches it, too; give its drive cache=none"));
  }

  private Process open(Path program, Path image) throws IOException {
    Process process =
        Commands.builder(program, "-c", "exec 3<>\"$0\"; echo; read line", image).start();
    scratch.later(() -> process.destroyForcibly().waitFor());
    assertThat(process.getInputStream().read()).isEqualTo('\n');
    return process;
  }

  @Test
  void driveOfARealVirtualMachineIsNamedUnlessItHasNoCache() throws Exception {
    assumeTrue(Files.isExecutable(QEMU), QEMU + " is not installed");
    Path image = DataFiles.sparse(scratch.file("disk.img"), 256);

    Process buffered = startVirtualMachine(image, "writeback");

    assertThat(examine())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.path()).isEqualTo(image.toString());
              assertThat(found.use()).endsWith("(pid " + buffered.pid() + ")");
            });

    buffered.destroyForcibly().waitFor();
    startVirtualMachine(image, "none");

    assertThat(examine()).isEmpty();
  }

  /** Starts one that is paused before its first instruction. */
  private Process startVirtualMachine(Path image, String cache) throws Exception {
    Process machine =
        Commands.builder(
                QEMU,
                "-S",
                "-nodefaults",
                "-display",
                "none",
                "-accel",
                "tcg",
                "-m",
                "256",
                "-drive",
                "file=%s,format=raw,if=virtio,cache=%s".formatted(image, cache))
            .start();
    scratch.later(() -> machine.destroyForcibly().waitFor());
    Recorder.await(
        Duration.ofSeconds(30),
        "the image is open",
        () -> {
          assertThat(machine.isAlive()).isTrue();
          return Commands.attempt("sh", "-c", "ls -l /proc/%d/fd".formatted(machine.pid()))
              .output()
              .contains(image.toString());
        });
    return machine;
  }
}
