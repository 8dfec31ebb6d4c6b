package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.FileIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TargetResolverTest {
  @RegisterExtension final TestHost host = new TestHost();
  @TempDir private Path directory;
  private TargetResolver resolver;

  @BeforeEach
  void attach() {
    host.attach("loop3", "/srv/disk.img", TestHost.MIB);
    resolver =
        new TargetResolver(
            host.host().scanner(), new LoopMounts(host.sys().root(), host.proc()), TestHost.DEV);
  }

  @Test
  void bareNameIsTheLoopDevice() throws CommandFailedException {
    assertThat(deviceOf("loop3")).isEqualTo("loop3");
  }

  @Test
  void deviceNodeIsTheLoopDevice() throws CommandFailedException {
    assertThat(deviceOf(TestHost.DEV.resolve("loop3").toString())).isEqualTo("loop3");
  }

  @Test
  void detachedDeviceIsRejected() {
    assertRefused("loop4", "nothing is attached to loop4");
  }

  @Test
  void anyOtherPathIsAFile() throws CommandFailedException {
    for (String text : new String[] {"loop", "loop3p1", "./loop3", "/srv/disk.img", "@file"}) {
      assertThat(resolver.resolve(text)).isInstanceOf(Target.OfFile.class);
    }
  }

  @Test
  void mountPointIsTheDeviceMountedThere() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("my mount"));
    mount(mounted, 7, 3, "loop3", "/dev/loop3");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void mountPointOfAPartitionIsItsDevice() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("part"));
    mount(mounted, 259, 1, "loop3/loop3p1", "/dev/loop3p1");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void filesystemWithItsOwnDeviceNumberIsFoundByItsSource() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("btrfs"));
    mount(mounted, 0, 44, "../nowhere", "/dev/loop3");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void lastMountAtADirectoryCounts() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("twice"));
    mount(mounted, 7, 3, "loop3", "/dev/loop3");
    mount(mounted, 8, 1, "sda1", "/dev/sda1");

    assertRefused(
        mounted.toString(), "is the mount point of /dev/sda1, which is not a loop device");
  }

  @Test
  void emptyNameIsRejected() {
    assertRefused("", "an empty name");
  }

  @Test
  void directoryThatIsNotAMountPointIsRejected() {
    assertRefused(directory.toString(), "is a directory, but not a mount point");
  }

  /** Adds a line of mountinfo, and the link of its device number in sysfs. */
  private void mount(Path directory, int major, int minor, String sysName, String source)
      throws IOException {
    String escaped = directory.toString().replace(" ", "\\040");
    host.mount(escaped, FileIdentity.encodeDevice(major, minor), "ext4", source);
    Path numbers = Files.createDirectories(host.sys().root().resolve("dev/block"));
    Path link = numbers.resolve(major + ":" + minor);
    Files.createSymbolicLink(link, Path.of("../../devices/virtual/block/" + sysName));
  }

  private String deviceOf(String text) throws CommandFailedException {
    Target target = resolver.resolve(text);
    assertThat(target.text()).isEqualTo(text);
    return ((Target.OfDevice) target).device().name();
  }

  private void assertRefused(String text, String why) {
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.resolve(text))
        .withMessage(why);
  }
}
