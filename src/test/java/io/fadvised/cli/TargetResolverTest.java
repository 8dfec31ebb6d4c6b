package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetResolverTest {
  @TempDir private Path folder;
  private HostFolder host;
  private TargetResolver resolver;

  @BeforeEach
  void makeHost() throws IOException {
    host = new HostFolder(folder.toRealPath());
    host.attach("loop3", "/srv/disk.img");
    resolver = new TargetResolver(host.scanner(), host.mounts(), host.dev);
  }

  @Test
  void aBareNameIsTheLoopDevice() throws CommandFailedException {
    assertThat(deviceOf("loop3")).isEqualTo("loop3");
  }

  @Test
  void aNodeIsTheLoopDevice() throws CommandFailedException {
    assertThat(deviceOf(host.dev.resolve("loop3").toString())).isEqualTo("loop3");
  }

  @Test
  void aDeviceWithNothingAttachedIsRefused() {
    assertRefused("loop4", "nothing is attached to loop4");
  }

  @Test
  void anythingElseIsAFile() throws CommandFailedException {
    for (String text : new String[] {"loop", "loop3p1", "./loop3", "/srv/disk.img", "@file"}) {
      assertThat(resolver.resolve(text)).isInstanceOf(Target.OfFile.class);
    }
  }

  @Test
  void aMountPointIsTheDeviceMountedThere() throws Exception {
    Path mounted = Files.createDirectory(folder.toRealPath().resolve("my mount"));
    host.mount("7:3", "loop3", mounted.toString().replace(" ", "\\040"), "/dev/loop3");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void aMountedPartitionIsOnItsDevice() throws Exception {
    Path mounted = Files.createDirectory(folder.toRealPath().resolve("part"));
    host.mount("259:1", "loop3/loop3p1", mounted.toString(), "/dev/loop3p1");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void aFilesystemWithItsOwnNumberIsKnownByItsSource() throws Exception {
    Path mounted = Files.createDirectory(folder.toRealPath().resolve("btrfs"));
    host.mount("0:44", "../nowhere", mounted.toString(), "/dev/loop3");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void whatIsMountedOverItCounts() throws Exception {
    Path mounted = Files.createDirectory(folder.toRealPath().resolve("twice"));
    host.mount("7:3", "loop3", mounted.toString(), "/dev/loop3");
    host.mount("8:1", "sda1", mounted.toString(), "/dev/sda1");

    assertRefused(mounted.toString(), "is the mount point of /dev/sda1, which is no loop device");
  }

  @Test
  void anEmptyNameIsRefused() {
    assertRefused("", "an empty name");
  }

  @Test
  void aDirectoryThatIsNoMountPointIsRefused() {
    assertRefused(folder.toString(), "is a directory, but no mount point");
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
