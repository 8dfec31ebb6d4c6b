package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.engine.TestHost;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TargetResolverTest {
  @RegisterExtension final TestHost host = new TestHost();
  @TempDir private Path directory;
  private final Map<Path, String> numbers = new HashMap<>();
  private TargetResolver resolver;

  @BeforeEach
  void attach() throws IOException {
    host.attach("loop3", "/srv/disk.img", TestHost.MIB);
    host.attach("loop5", "/srv/other.img", TestHost.MIB);
    sysDirectory("loop3/loop3p1");
    resolver =
        new TargetResolver(
            host.host().scanner(),
            new BlockDevices(host.sys().root()),
            new MountTable(host.proc(), host.clock()::nanos),
            devices(),
            node -> Optional.ofNullable(numbers.get(node)));
  }

  private Path devices() throws IOException {
    return Files.createDirectories(directory.toRealPath().resolve("dev"));
  }

  @Test
  void bareNameIsTheLoopDevice() throws CommandFailedException {
    assertThat(deviceOf("loop3")).isEqualTo("loop3");
  }

  @Test
  void nodeNeedNotExist() throws Exception {
    assertThat(deviceOf(devices().resolve("loop3").toString())).isEqualTo("loop3");
    assertThat(deviceOf(devices().resolve("loop3p1").toString())).isEqualTo("loop3");
  }

  @Test
  void detachedDeviceIsRejected() {
    assertRefused("loop4", "nothing is attached to loop4");
  }

  @Test
  void partitionIsItsDevice() throws CommandFailedException {
    assertThat(deviceOf("loop3p1")).isEqualTo("loop3");
    assertRefused("loop3p2", "no such device");
  }

  @Test
  void linkToANodeIsItsDevice() throws Exception {
    Path node = Files.createFile(devices().resolve("loop3p1"));
    Path links = Files.createDirectories(devices().resolve("disk/by-loop-ref"));
    Path link =
        Files.createSymbolicLink(links.resolve("root"), Path.of("../../" + node.getFileName()));

    assertThat(deviceOf(link.toString())).isEqualTo("loop3");
  }

  @Test
  void nodeWithAnotherNameIsFoundByItsNumber() throws Exception {
    Path node = Files.createDirectories(devices().resolve("mapper")).resolve("plain");
    numbers.put(Files.createFile(node), "7:3");
    number("7:3", "loop3");

    assertThat(deviceOf(node.toString())).isEqualTo("loop3");
  }

  @Test
  void mapperDeviceIsTheLoopDeviceBelowAllItsLevels() throws Exception {
    slave("dm-0", "loop3/loop3p1");
    slave("dm-1", "dm-0");
    Path node = Files.createDirectories(devices().resolve("mapper")).resolve("crypt");
    numbers.put(Files.createFile(node), "253:1");
    number("253:1", "dm-1");

    assertThat(deviceOf("dm-0")).isEqualTo("loop3");
    assertThat(deviceOf("dm-1")).isEqualTo("loop3");
    assertThat(deviceOf(node.toString())).isEqualTo("loop3");
  }

  @Test
  void deviceAboveTwoLoopDevicesIsBothByTheirNames() throws Exception {
    slave("md0", "loop5");
    slave("md0", "loop3");

    assertThat(resolver.resolve("md0")).extracting(Target::text).containsExactly("loop3", "loop5");
    assertThat(resolver.devices("md0")).containsExactly("loop3", "loop5");
  }

  @Test
  void deviceAboveNoLoopDeviceIsRejected() throws Exception {
    slave("dm-7", "sda");

    assertRefused("dm-7", "is a block device, not on a loop device");
    assertRefused("dm-8", "no such device");
  }

  @Test
  void anyOtherPathIsAFile() throws Exception {
    for (String text : new String[] {"loop", "loop3x", "./loop3", "/srv/disk.img", "@file"}) {
      assertThat(resolver.resolve(text)).hasOnlyElementsOfType(Target.OfFile.class);
    }
  }

  @Test
  void fileIsRejectedWhereADeviceIsExpected() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.devices(file.toString()))
        .withMessage("is a regular file, not on a loop device");
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.devices("/dev/null"))
        .withMessage("is a character device, not on a loop device");
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.devices(directory.resolve("missing").toString()))
        .withMessage("no such file or device");
  }

  @Test
  void fileOnALoopDeviceIsRejectedWithItsName() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mnt"));
    Path file = Files.createFile(mounted.resolve("file"));
    mount(mounted, 7, 3, "loop3", "/dev/loop3");

    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.devices(file.toString()))
        .withMessage("is a file on loop3; name loop3");
    assertThat(resolver.resolve(file.toString())).hasOnlyElementsOfType(Target.OfFile.class);
  }

  @Test
  void backingFileIsRejectedWithTheNameOfItsDevice() throws Exception {
    Path file = Files.createFile(directory.toRealPath().resolve("disk.img"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    host.attach("loop6", file.toString(), TestHost.MIB);

    for (Path path : List.of(file, link)) {
      assertThatExceptionOfType(CommandFailedException.class)
          .isThrownBy(() -> resolver.devices(path.toString()))
          .withMessage("is the backing file of loop6; name loop6");
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
    mount(mounted, 0, 44, "../nowhere", devices().resolve("loop3").toString());

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop3");
  }

  @Test
  void lastMountAtADirectoryCounts() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("twice"));
    mount(mounted, 7, 3, "loop3", "/dev/loop3");
    mount(mounted, 8, 1, "sda1", "/dev/sda1");

    assertRefused(
        mounted.toString(), "is on /dev/sda1 mounted at " + mounted + ", not on a loop device");
  }

  @Test
  void emptyNameIsRejected() {
    assertRefused("", "an empty name");
  }

  @Test
  void directoryInsideAMountIsTheDeviceMountedThere() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mnt"));
    Path inside = Files.createDirectories(mounted.resolve("a/b"));
    mount(mounted, 7, 3, "loop3", "/dev/loop3");

    assertThat(deviceOf(inside.toString())).isEqualTo("loop3");
  }

  @Test
  void mountOfAMapperDeviceIsTheLoopDeviceBelow() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("mnt"));
    slave("dm-0", "loop5");
    mount(mounted, 253, 0, "dm-0", "/dev/mapper/data");

    assertThat(deviceOf(mounted.toString())).isEqualTo("loop5");
  }

  @Test
  void sourceOfAUserFilesystemIsNotTrusted() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("fuse"));
    host.mount(mounted.toString(), 50, "fuse.liar", devices().resolve("loop3").toString());

    assertRefused(
        mounted.toString(),
        "is on %s/loop3 mounted at %s, not on a loop device".formatted(devices(), mounted));
  }

  @Test
  void directoryOnNoLoopDeviceIsRejected() throws Exception {
    Path mounted = Files.createDirectory(directory.toRealPath().resolve("Gerät"));
    String bytes = new String(mounted.toString().getBytes(UTF_8), ISO_8859_1);
    host.mount(bytes, 42, "overlay", "overlay");

    assertRefused(
        mounted.toString(), "is on overlay mounted at " + mounted + ", not on a loop device");
  }

  /** Adds a line of mountinfo, and the link of its device number in sysfs. */
  private void mount(Path directory, int major, int minor, String sysName, String source)
      throws IOException {
    String escaped = directory.toString().replace(" ", "\\040");
    host.mount(escaped, FileIdentity.encodeDevice(major, minor), "ext4", source);
    number(major + ":" + minor, sysName);
  }

  private void number(String majorMinor, String sysName) throws IOException {
    Path links = Files.createDirectories(host.sys().root().resolve("dev/block"));
    Path target = Path.of("../../devices/virtual/block/" + sysName);
    Files.createSymbolicLink(links.resolve(majorMinor), target);
  }

  private Path sysDirectory(String name) throws IOException {
    return Files.createDirectories(host.sys().root().resolve("block").resolve(name));
  }

  /** Puts a device above another one. */
  private void slave(String upper, String lower) throws IOException {
    Path link = sysDirectory(upper + "/slaves").resolve(Path.of(lower).getFileName());
    Files.createSymbolicLink(link, sysDirectory(lower));
  }

  private String deviceOf(String text) throws CommandFailedException {
    List<Target> targets = resolver.resolve(text);
    assertThat(targets).hasSize(1);
    Target target = targets.get(0);
    assertThat(target.text()).isEqualTo(text);
    return ((Target.OfDevice) target).device().name();
  }

  private void assertRefused(String text, String why) {
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> resolver.resolve(text))
        .withMessage(why);
  }
}
