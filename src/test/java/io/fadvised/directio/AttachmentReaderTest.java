package io.fadvised.directio;

import static io.fadvised.directio.Attachments.loop;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachmentReaderTest {
  @TempDir private Path root;
  private final StringBuilder mountinfo = new StringBuilder();
  private final StringBuilder swaps = new StringBuilder("Filename Type Size Used Priority\n");

  @BeforeEach
  void attach() throws IOException {
    disk("loop3", "7:3");
  }

  @Test
  void deviceWithoutUsesHasNone() throws IOException {
    disk("loop30", "7:30");
    mount("7:30", "/other", "ext4", "/dev/loop30");

    Attachment unused = read();

    assertThat(unused.uses()).isEmpty();
    assertThat(unused.mounts()).isEmpty();
  }

  @Test
  void mountOfLogicalVolumeIsFoundThroughAllLevels() throws IOException {
    disk("loop3/loop3p1", "259:0");
    holder("loop3/loop3p1", "md0");
    disk("md0", "9:0");
    holder("md0", "dm-0");
    disk("dm-0", "253:0");
    set("dm-0/dm/name", "crypt");
    holder("dm-0", "dm-1");
    disk("dm-1", "253:1");
    set("dm-1/dm/name", "vg-data");
    mount("253:1", "/mnt", "ext4", "/dev/mapper/vg-data");

    Attachment stacked = read();

    assertThat(stacked.mounts())
        .containsExactly(
            new Attachment.Mount("/dev/mapper/vg-data", "/mnt", "ext4", "rw,strictatime", false));
    assertThat(stacked.uses())
        .containsExactly(
            "/dev/md0 on top of it",
            "/dev/mapper/crypt on top of it",
            "/dev/mapper/vg-data on top of it");
    assertThat(stacked.hasMountedPartitions()).isFalse();
  }

  @Test
  void mountedPartitionOfAnArrayIsFound() throws IOException {
    holder("loop3", "md0");
    disk("md0", "9:0");
    disk("md0/md0p1", "259:7");
    mount("259:7", "/mnt", "xfs", "/dev/md0p1");

    assertThat(read().mounts()).extracting(Attachment.Mount::node).containsExactly("/dev/md0p1");
  }

  @Test
  void btrfsOnAMapperDeviceIsFoundByItsSource() throws IOException {
    holder("loop3", "dm-0");
    disk("dm-0", "253:0");
    set("dm-0/dm/name", "data");
    mount("0:44", "/mnt", "btrfs", "/dev/mapper/data");

    assertThat(read().mounts()).extracting(Attachment.Mount::point).containsExactly("/mnt");
  }

  @Test
  void sourceOfAUserFilesystemIsNotTrusted() throws IOException {
    mount("0:50", "/home/eve/mnt", "fuse.liar", "/dev/loop3");

    assertThat(read().mounts()).isEmpty();
  }

  @Test
  void holdersInACircleEnd() throws IOException {
    holder("loop3", "dm-0");
    holder("dm-0", "dm-1");
    holder("dm-1", "dm-0");

    assertThat(read().uses()).hasSize(2);
  }

  @Test
  void swapOnADeviceOrInAFileOnItIsAUse() throws IOException {
    holder("loop3", "dm-0");
    disk("dm-0", "253:0");
    set("dm-0/dm/name", "swap");
    mount("7:3", "/my\\040disk", "ext4", "/dev/loop3");
    swaps.append("/dev/dm-0 partition 1 0 -2\n/my\\040disk/swap file 1 0 -3\n/other file 1 0 -4\n");

    assertThat(read().uses())
        .contains("swap on /dev/dm-0", "swap on /my disk/swap")
        .noneMatch(use -> use.contains("other"));
  }

  @Test
  void mountBelowAMountPointIsAUse() throws IOException {
    mount("7:3", "/mnt", "ext4", "/dev/loop3");
    mount("0:60", "/mnt/below", "tmpfs", "tmpfs");

    assertThat(read().uses()).containsExactly("tmpfs mounted on /mnt/below");
  }

  @Test
  void laterMountOfAnotherFilesystemAtItsMountPointIsAUse() throws IOException {
    mount("0:60", "/mnt", "ramfs", "none");
    mount("7:3", "/mnt", "ext4", "/dev/loop3");
    mount("7:3", "/mnt", "ext4", "/dev/loop3");
    assertThat(read().uses()).isEmpty();

    mount("0:61", "/mnt", "tmpfs", "none");

    assertThat(read().uses()).containsExactly("tmpfs mounted over /mnt");
  }

  @Test
  void mountIsBoundToAnEarlierOneOfItsPeerGroup() throws IOException {
    mount("7:3", "/a", "ext4", "/dev/loop3", "shared:5");
    mount("7:3", "/alone", "ext4", "/dev/loop3", "shared:6");
    mount("7:3", "/b", "ext4", "/dev/loop3", "shared:5");
    mount("7:3", "/c", "ext4", "/dev/loop3", "shared:5");

    assertThat(read().uses()).isEmpty();
    assertThat(read().mounts())
        .extracting(Attachment.Mount::peer)
        .containsExactly(Optional.empty(), Optional.empty(), Optional.of("/a"), Optional.of("/a"));
  }

  @Test
  void peersOfOtherOptionsAreAUse() throws IOException {
    mount("7:3", "/a", "ext4", "/dev/loop3", "shared:5");
    mountinfo.append("31 1 7:3 / /b rw,noexec shared:5 - ext4 /dev/loop3 rw\n");

    assertThat(read().uses())
        .containsExactly("mounts on /a and /b in one peer group (unmount one of them)");
  }

  @Test
  void subvolumeBoundFromAnotherMountIsAUse() throws IOException {
    mountinfo.append("31 1 0:40 / /a rw shared:5 - btrfs /dev/loop3 rw\n");
    mountinfo.append("32 1 0:40 /sub /b rw shared:5 - btrfs /dev/loop3 rw\n");

    assertThat(read().uses())
        .containsExactly("mounts on /a and /b in one peer group (unmount one of them)");
  }

  @Test
  void copyThatIsUnmountedWithItsOriginalIsAUse() throws IOException {
    mountinfo.append("21 1 0:50 / / rw shared:1 - tmpfs none rw\n");
    mountinfo.append("22 1 0:50 / /copy rw shared:1 - tmpfs none rw\n");
    mountinfo.append("31 21 7:3 / /a rw shared:5 - ext4 /dev/loop3 rw\n");
    assertThat(read().uses()).isEmpty();

    mountinfo.append("32 22 7:3 / /b rw shared:5 - ext4 /dev/loop3 rw\n");

    assertThat(read().uses())
        .containsExactly("mounts on /a and /b in one peer group (unmount one of them)");
  }

  @Test
  void propagationThatANewMountWouldNotGetIsAnOption() throws IOException {
    mountinfo.append("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
    mount("7:3", "/private", "ext4", "/dev/loop3");
    mount("7:3", "/shared", "ext4", "/dev/loop3", "shared:5");

    assertThat(read().mounts())
        .extracting(Attachment.Mount::options)
        .containsExactly("rw,strictatime", "rw,strictatime,shared");
  }

  @Test
  void loopDeviceOnADeviceOnTopIsAUseWithItsMounts() throws IOException {
    holder("loop3", "dm-0");
    disk("dm-0", "253:0");
    set("dm-0/dm/name", "data");
    disk("loop5", "7:5");
    mount("7:5", "/mnt", "ext4", "/dev/loop5");
    DeviceUsers users =
        new DeviceUsers(
            Map.of(),
            Map.of(),
            List.of(),
            Optional.empty(),
            List.of(loop("loop5", "/dev/mapper/data")));

    Attachment stacked = reader().read(loop("loop3", "/a.img"), users, HostSetup.NOT_READ);

    assertThat(stacked.uses()).contains("/dev/loop5 on top of it");
    assertThat(stacked.mounts()).extracting(Attachment.Mount::point).containsExactly("/mnt");
  }

  @Test
  void usersOfPartitionsAndDevicesOnTopAreUses() throws IOException {
    disk("loop3/loop3p1", "259:0");
    holder("loop3/loop3p1", "dm-0");
    disk("dm-0", "253:0");
    DeviceUsers users =
        new DeviceUsers(
            Map.of(
                FileIdentity.encodeDevice(259, 0), Set.of("open by qemu (pid 8)"),
                FileIdentity.encodeDevice(253, 0), Set.of("open by drbd (pid 9)"),
                FileIdentity.encodeDevice(253, 1), Set.of("open by other (pid 10)")),
            Map.of(
                "259:0", Set.of("mounted on /a"),
                "/dev/dm-0", Set.of("mounted on /b"),
                "7:30", Set.of("mounted on /other")),
            List.of(),
            Optional.of("some"),
            List.of());

    Attachment open = reader().read(loop("loop3", "/a.img"), users, HostSetup.NOT_READ);

    assertThat(open.uses())
        .contains("open by qemu (pid 8)", "open by drbd (pid 9)", "mounted on /a", "mounted on /b")
        .noneMatch(use -> use.contains("other"));
    assertThat(open.unseen()).contains("some");
  }

  @Test
  void filesOnItsMountsThatTheKernelUsesAreUses() throws IOException {
    mount("7:3", "/my\\040disk", "ext4", "/dev/loop3");
    DeviceUsers users =
        new DeviceUsers(
            Map.of(),
            Map.of(),
            List.of(new KernelUse("layers", "=/my disk/lower")),
            Optional.empty(),
            List.of(
                loop("loop3", "/my disk/hidden by the mount"),
                loop("loop5", "/my disk/b.img (deleted)"),
                loop("loop6", "/my disk2/c.img")));

    Attachment nested = reader().read(loop("loop3", "/a.img"), users, HostSetup.NOT_READ);

    assertThat(nested.uses()).containsExactly("layers", "the backing file of loop5 is on it");
  }

  private Attachment read() throws IOException {
    return reader().read(loop("loop3", "/a.img"));
  }

  private AttachmentReader reader() throws IOException {
    Path proc = root.resolve("proc");
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("self/mountinfo"), mountinfo);
    Files.writeString(proc.resolve("swaps"), swaps);
    return new AttachmentReader(root.resolve("sys"), proc, new MountTable(proc, System::nanoTime));
  }

  private void disk(String name, String number) throws IOException {
    set(name + "/dev", number);
  }

  private void holder(String lower, String upper) throws IOException {
    set(lower + "/holders/" + upper, "");
  }

  private void set(String name, String text) throws IOException {
    Path file = root.resolve("sys/block").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  private void mount(
      String number, String point, String filesystem, String source, String... propagation) {
    String fields =
        String.join(" ", Stream.concat(Stream.of("rw"), Stream.of(propagation)).toList());
    mountinfo.append(
        "30 1 %s / %s %s - %s %s rw\n".formatted(number, point, fields, filesystem, source));
  }
}
