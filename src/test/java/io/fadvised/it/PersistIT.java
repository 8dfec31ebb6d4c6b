package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.it.Commands.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Cures that last, with the rules of udev in a mount namespace. {@code udevadm test} reads them and
 * shows what udev would run; packaging/test/vm has a udev that runs it.
 */
@Requires(programs = {"losetup", "udevadm", "unshare", "nsenter"})
class PersistIT {
  @RegisterExtension private final Scratch scratch = new Scratch();
  private OtherNamespace host;
  private Path image;
  private LoopFixture loop;

  @BeforeEach
  void attachOnAHostWithUdev() throws IOException {
    image = DataFiles.sparse(scratch.file("a volume (1).img"), 16);
    loop = scratch.attach(image);
    Commands.run("losetup", "--direct-io=off", loop.node());
    host = scratch.namespace();
    for (String directory : List.of("/etc/udev/rules.d", "/dev/disk", "/dev/block", "/run")) {
      host.run("mkdir -p %s && mount -t tmpfs none %s".formatted(directory, directory));
    }
    host.run("mkdir /run/udev && touch /run/udev/control");
  }

  @AfterEach
  void removeMountPoints() {
    Commands.attempt("rmdir", "/dev/disk", "/dev/block"); // not empty where udev runs
  }

  private Outcome in(Object... command) {
    List<Object> all = host.enter();
    all.addAll(Arrays.asList(command));
    return Commands.attempt(all.toArray());
  }

  private Outcome cure(Object... arguments) {
    List<Object> all =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("fadvised.home"), "bin", "fadvised"), "cure"));
    all.addAll(Arrays.asList(arguments));
    return in(all.toArray());
  }

  /** Returns whether udev would run a program for an event of the device. */
  private boolean isRunByUdev(LoopFixture device, String program) {
    Outcome tested = in("udevadm", "test", "--action=change", "/sys/block/" + device.name());
    return (tested.output() + tested.errors()).contains(program);
  }

  private static String directIo(LoopFixture device) throws IOException {
    return Files.readString(Path.of("/sys/block", device.name(), "loop/dio")).strip();
  }

  @Test
  void fileThatIsAttachedAgainGetsDirectIo() throws IOException {
    Outcome cured = cure("--yes", "--persist", loop.name());
    assertThat(cured.status()).as("%s", cured).isZero();
    assertThat(directIo(loop)).isEqualTo("1");
    loop.detach();

    LoopFixture again = scratch.attach(image);
    String program = "losetup --direct-io=on " + again.node();

    assertThat(directIo(again)).isEqualTo("0");
    assertThat(isRunByUdev(again, program)).isTrue();
    Commands.run((Object[]) program.split(" "));
    assertThat(directIo(again)).isEqualTo("1");
    assertThat(isRunByUdev(again, program)).as("a rule that causes itself").isFalse();
  }

  @Test
  void otherFilesAreLeftAlone() throws IOException {
    cure("--yes", "--persist", loop.name());
    LoopFixture other = scratch.attach(DataFiles.sparse(scratch.file("a volume (1).img2"), 16));

    assertThat(isRunByUdev(other, "losetup --direct-io=on " + other.node())).isFalse();
  }

  @Test
  void deviceThatNeedsLargerSectorsIsNotTouched() throws IOException {
    LoopFixture disk =
        scratch.attach(DataFiles.sparse(scratch.file("disk.img"), 64), "--sector-size", "4096");
    Commands.run("mkfs.ext4", "-q", disk.node());
    LoopFixture small =
        scratch.attach(
            DataFiles.sparse(scratch.mount("disk", disk.node()).resolve("small.img"), 16));

    Outcome refused = cure("--yes", "--persist", small.name());

    assertThat(refused.status()).as("%s", refused).isEqualTo(3);
    assertThat(refused.errors()).contains("needs sectors of 4096 bytes");
    assertThat(directIo(small)).isEqualTo("0");
    assertThat(in("ls", "/etc/udev/rules.d").output()).isEmpty();
  }
}
