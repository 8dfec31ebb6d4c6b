package io.fadvised.directio;

import static io.fadvised.directio.Attachments.MIB;
import static io.fadvised.directio.Attachments.attached;
import static io.fadvised.directio.Attachments.buffered;
import static io.fadvised.directio.Attachments.derived;
import static io.fadvised.directio.Attachments.device;
import static io.fadvised.directio.Attachments.mount;
import static io.fadvised.directio.Attachments.on;
import static io.fadvised.directio.Attachments.reported;
import static io.fadvised.directio.Attachments.unnamed;
import static io.fadvised.directio.Attachments.withoutDisk;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirectIoRuleTest {
  private static Diagnosis diagnose(Attachment attachment, Storage storage, long residentBytes) {
    return diagnose(attachment, storage, Optional.of(Attachments.EXT4), residentBytes);
  }

  private static Diagnosis diagnose(
      Attachment attachment, Storage storage, Optional<Contents> contents, long residentBytes) {
    return new DirectIoRule(attachment, storage, contents, OptionalLong.of(residentBytes))
        .diagnose();
  }

  private static Diagnosis diagnose(LoopDevice device, Storage storage) {
    return diagnose(attached(device), storage, 50 * MIB);
  }

  @Test
  void directIoWithAnEmptyLowerCacheIsHealthy() {
    Attachment direct = attached(device(Optional.of(true), 512, 0));

    assertThat(diagnose(direct, reported(512), 0).cause()).isEqualTo(Cause.DIRECT);
    assertThat(diagnose(direct, reported(512), MIB).cause()).isEqualTo(Cause.DIRECT);
  }

  @Test
  void directIoWithACachedFileIsReported() {
    Diagnosis cached = diagnose(device(Optional.of(true), 512, 0), reported(512));

    assertThat(cached.cause()).isEqualTo(Cause.DIRECT_BUT_CACHED);
    assertThat(cached.words()).contains("dio=1").contains("50 MiB");
    assertThat(cached.advice()).singleElement().asString().contains("fadvised evict loop3");
  }

  @Test
  void availableDirectIoIsSwitchedOnInPlace() {
    Diagnosis off = diagnose(buffered(mount("/dev/loop3", "/mnt")), reported(512), 50 * MIB);

    assertThat(off.cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(off.commands())
        .containsExactly(
            "losetup --direct-io=on /dev/loop3",
            "dd 'if=/disks/a b.img' iflag=nocache count=0 status=none");
    assertThat(off.derived()).isFalse();
    assertThat(off.words()).contains("xfs on sda1").contains("by statx");
  }

  @Test
  void persistIsAdvisedOnlyWhereItIsPossible() {
    LoopDevice fitting = device(Optional.of(false), 512, 0);
    LoopDevice larger = device(Optional.of(false), 4096, 0);
    Attachment inFstab =
        on(
            attached(larger, mount("/dev/loop3", "/mnt")),
            HostTools.COMPLETE,
            new Attacher(
                Attacher.Kind.MOUNT, "/etc/fstab, line 3", "/disks/a b.img /mnt ext4 loop 0 0"));

    assertThat(diagnose(fitting, reported(512)).lasting())
        .anyMatch(advice -> advice.contains("cure --persist\" makes udev"));
    assertThat(diagnose(inFstab, reported(4096), 0).lasting())
        .anyMatch(advice -> advice.contains("cure --persist\" makes systemd"));
    assertThat(diagnose(larger, reported(4096)).lasting())
        .noneMatch(advice -> advice.contains("cure --persist"));
    assertThat(diagnose(fitting, unnamed(512)).lasting())
        .noneMatch(advice -> advice.contains("cure --persist"));
  }

  @Test
  void smallSectorsAreChangedInPlaceWhileUnmounted() {
    Attachment mounted =
        buffered(mount("/dev/loop3", "/mnt"), mount("/dev/loop3", "/srv/it's here"));

    Diagnosis small = diagnose(mounted, reported(4096), 50 * MIB);

    assertThat(small.cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(small.words()).contains("sector size 512,").contains("requires 4096");
    assertThat(small.commands())
        .containsExactly(
            "umount '/srv/it'\\''s here'",
            "umount /mnt",
            "losetup --sector-size 4096 /dev/loop3",
            "losetup --direct-io=on /dev/loop3",
            "mount -t ext4 -o rw,noexec /dev/loop3 /mnt",
            "mount -t ext4 -o rw,noexec /dev/loop3 '/srv/it'\\''s here'",
            "dd 'if=/disks/a b.img' iflag=nocache count=0 status=none");
  }

  @Test
  void peerIsBoundToTheFirstMountOfItsGroup() {
    Attachment.Mount peer =
        new Attachment.Mount("/dev/loop3", "/b", "ext4", "rw", false, Optional.of("/a"));

    Diagnosis small = diagnose(buffered(mount("/dev/loop3", "/a"), peer), reported(4096), 0);

    assertThat(small.commands())
        .startsWith("umount /b", "umount /a")
        .endsWith("mount -t ext4 -o rw,noexec /dev/loop3 /a", "mount --bind /a /b");
    assertThat(undone(small)).endsWith("mount --bind /a /b");
  }

  @Test
  void deviceDetachedAtUnmountIsAttachedAgain() {
    Attachment looped = loopMounted(List.of());

    assertThat(diagnose(looped, reported(4096), 50 * MIB).commands())
        .containsExactly(
            "umount /mnt", // which detaches it
            "losetup --sector-size 4096 --offset 8192 --sizelimit 65536 --read-only /dev/loop3"
                + " /a.img",
            "losetup --sector-size 4096 /dev/loop3", // ignored for a new device before 2.34
            "losetup --direct-io=on /dev/loop3",
            "mount -t ext4 -o rw,noexec /dev/loop3 /mnt",
            "dd if=/a.img iflag=nocache count=0 status=none",
            "losetup --detach /dev/loop3"); // at its next unmount
  }

  private static Attachment loopMounted(List<String> uses) {
    LoopDevice device =
        new LoopDevice(
            "loop3",
            BackingPath.of("/a.img"),
            8192,
            65536,
            65536,
            true,
            Optional.of(false),
            512,
            OptionalLong.empty());
    return attached(device, true, uses, mount("/dev/loop3", "/mnt"));
  }

  @Test
  void undoneStepsLeadBackToTheMountedDevice() {
    Attachment mounted = buffered(mount("/dev/loop3", "/mnt"), mount("/dev/loop3", "/srv"));

    assertThat(undone(diagnose(mounted, reported(4096), 0)))
        .containsExactly(
            "umount /srv",
            "umount /mnt",
            "losetup --direct-io=off /dev/loop3",
            "losetup --sector-size 512 /dev/loop3",
            "mount -t ext4 -o rw,noexec /dev/loop3 /mnt",
            "mount -t ext4 -o rw,noexec /dev/loop3 /srv");
  }

  @Test
  void undoneUnmountAttachesTheDeviceThatItDetached() {
    assertThat(undone(diagnose(loopMounted(List.of()), reported(4096), 0)))
        .containsExactly(
            "umount /mnt",
            "losetup --direct-io=off /dev/loop3",
            "losetup --sector-size 512 /dev/loop3",
            "losetup --detach /dev/loop3",
            "losetup --sector-size 512 --offset 8192 --sizelimit 65536 --read-only /dev/loop3"
                + " /a.img",
            "mount -t ext4 -o rw,noexec /dev/loop3 /mnt");
  }

  /** The commands that take all steps back, the last step first. */
  private static List<String> undone(Diagnosis diagnosis) {
    List<String> commands = new ArrayList<>();
    for (int i = diagnosis.steps().size() - 1; i >= 0; i--) {
      for (List<String> command : diagnosis.steps().get(i).undo()) {
        commands.add(String.join(" ", command));
      }
    }
    return commands;
  }

  @Test
  void unnamedFileIsNeitherDetachedNorNamed() {
    Storage unnamed = unnamed(4096);

    Diagnosis looped = diagnose(loopMounted(List.of()), unnamed, 50 * MIB);
    assertThat(looped.commands()).isEmpty();
    assertThat(looped.advice()).anyMatch(advice -> advice.contains("Copy the data first"));

    Diagnosis attached = diagnose(buffered(), unnamed, 50 * MIB);
    assertThat(attached.commands())
        .containsExactly(
            "losetup --sector-size 4096 /dev/loop3", "losetup --direct-io=on /dev/loop3");
  }

  @Test
  void deviceInUseHasNoCommands() {
    Diagnosis used = diagnose(loopMounted(List.of("swap on /dev/loop3p2")), reported(4096), 0);

    assertThat(used.commands()).isEmpty();
    assertThat(used.advice()).anyMatch(advice -> advice.contains("swap on /dev/loop3p2"));
  }

  @Test
  void hostWithoutSuitableLosetupHasNoCommands() {
    HostTools busybox =
        new HostTools(
            "losetup", Optional.of("not by busybox"), Optional.of("not by busybox"), false);

    Diagnosis off = diagnose(on(buffered(), busybox), reported(512), 50 * MIB);
    assertThat(off.cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(off.commands()).isEmpty();
    assertThat(off.advice()).containsExactly("not by busybox");
    assertThat(off.lasting()).anyMatch(advice -> advice.contains("= enable"));

    Diagnosis small = diagnose(on(buffered(), busybox), reported(4096), 50 * MIB);
    assertThat(small.commands()).isEmpty();
    assertThat(small.advice()).contains("not by busybox");
  }

  @Test
  void losetupWithoutSectorSizesStillSwitchesDirectIoOn() {
    Attachment old =
        on(buffered(), new HostTools("losetup", Optional.empty(), Optional.of("too old"), false));

    assertThat(diagnose(old, reported(4096), 0).commands()).isEmpty();
    assertThat(diagnose(old, reported(512), 50 * MIB).commands())
        .containsExactly("losetup --direct-io=on /dev/loop3"); // dd cannot evict there
  }

  @Test
  void attacherIsGivenTheOptionsThatAreNeeded() {
    Attachment attached =
        on(
            buffered(),
            HostTools.COMPLETE,
            new Attacher(Attacher.Kind.CSI_DRIVER, "csi.example.com", ""));

    assertThat(diagnose(attached, reported(4096), 0).lasting())
        .contains(
            "the CSI driver csi.example.com attaches it: its losetup needs"
                + " \"--direct-io=on --sector-size 4096\"");
    assertThat(diagnose(attached, reported(512), 0).lasting())
        .anyMatch(advice -> advice.endsWith("its losetup needs \"--direct-io=on\""));
  }

  @Test
  void deviceWhoseUsersAreUnknownHasNoCommands() {
    Attachment unseen =
        new Attachment(
            device(Optional.of(false), 512, 0),
            false,
            List.of(),
            List.of(),
            Optional.of("programs can only be seen by root"),
            HostTools.COMPLETE,
            Optional.empty());

    Diagnosis small = diagnose(unseen, reported(4096), 0);

    assertThat(small.commands()).isEmpty();
    assertThat(small.advice()).contains("programs can only be seen by root");
    assertThat(diagnose(unseen, reported(512), 0).commands()).isNotEmpty(); // changes no sectors
  }

  @ParameterizedTest
  @CsvSource({
    "XFS, 512, CONTENTS, XFS on it supports sectors of at most 512",
    "ext4, 1024, CONTENTS, at most 1024",
    "LVM, 0, CONTENTS, the largest sector size for LVM on it is not known",
    "'', 0, CONTENTS, its content was not recognised",
    "ext4, 4096, SECTOR_SIZE, requires 4096"
  })
  void contentOfTheDeviceLimitsItsSectors(
      String kind, int maxSectorBytes, Cause cause, String words) {
    Diagnosis found =
        diagnose(
            buffered(), reported(4096), Optional.of(new Contents(kind, maxSectorBytes, false)), 0);

    assertThat(found.cause()).isEqualTo(cause);
    assertThat(found.words()).contains(words);
    assertThat(found.commands().isEmpty()).isEqualTo(cause == Cause.CONTENTS);
  }

  @ParameterizedTest
  @CsvSource({
    "XFS, 512, before its filesystem is made",
    "a partition table, 512, before it is partitioned",
    "ISO 9660, 2048, ",
    "LUKS, 0, : the data in LUKS decides which sectors it supports; it is not examined",
    "LVM, 0, : the data in LVM decides which sectors it supports; it is not examined",
    "md RAID, 0, : the data in md RAID decides which sectors it supports; it is not examined",
    "'', 0, ",
  })
  void onlyContentThatCanBeMadeAgainIsToBeCopied(String kind, int maxSectorBytes, String words) {
    Diagnosis found =
        diagnose(
            buffered(), reported(4096), Optional.of(new Contents(kind, maxSectorBytes, false)), 0);

    assertThat(found.advice())
        .singleElement()
        .asString()
        .startsWith("evict the lower cache (\"fadvised evict loop3\")")
        .endsWith(words == null ? "\")" : words);
    assertThat(found.advice().get(0).contains("copy"))
        .isEqualTo(words != null && words.startsWith("before"));
  }

  @ParameterizedTest
  @CsvSource({"512", "4096"})
  void compressedImageIsHealthyWithoutDirectIo(int alignmentBytes) {
    Diagnosis image =
        diagnose(
            buffered(),
            reported(alignmentBytes),
            Optional.of(Contents.of("squashfs", 4096).asCompressed()),
            50 * MIB);

    assertThat(image.cause()).isEqualTo(Cause.COMPRESSED);
    assertThat(image.cause().isHealthy()).isTrue();
    assertThat(image.commands()).isEmpty();
    assertThat(image.advice()).isEmpty();
  }

  @Test
  void mountedSquashfsCountsAsCompressedIfItsContentWasNotRead() {
    Attachment mounted =
        buffered(new Attachment.Mount("/dev/loop3", "/snap/a", "squashfs", "ro", false));

    assertThat(diagnose(mounted, reported(512), Optional.empty(), 0).cause())
        .isEqualTo(Cause.COMPRESSED);
    assertThat(diagnose(mounted, reported(512), 0).cause()).isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void contentThatCannotBeReadHasNoCommands() {
    Diagnosis unread = diagnose(buffered(), reported(4096), Optional.empty(), 0);

    assertThat(unread.cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(unread.commands()).isEmpty();
    assertThat(unread.advice()).singleElement().asString().contains("could not be read");
  }

  @ParameterizedTest
  @CsvSource({"1851392, SECTOR_SIZE", "1849344, CONTENTS", "1851904, CONTENTS"})
  void sizeThatIsNoMultipleOfTheSectorsHasNoCommands(long sizeBytes, Cause cause) {
    LoopDevice device =
        new LoopDevice(
            "loop3",
            BackingPath.of("/a.img"),
            0,
            0,
            sizeBytes,
            true,
            Optional.of(false),
            512,
            OptionalLong.empty());

    Diagnosis found = diagnose(device, reported(4096));

    assertThat(found.cause()).isEqualTo(cause);
    assertThat(found.commands().isEmpty()).isEqualTo(cause == Cause.CONTENTS);
  }

  @Test
  void mountedPartitionsRequireTheCurrentSectors() {
    assertThat(diagnose(buffered(mount("/dev/loop3p1", "/mnt")), reported(4096), 0).cause())
        .isEqualTo(Cause.CONTENTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/mnt/\u001b[31m", "/mnt/two\nlines", "/mnt/\uFFFD"})
  void mountPointThatCannotBeTypedHasNoCommands(String point) {
    Diagnosis hostile = diagnose(buffered(mount("/dev/loop3", point)), reported(4096), 0);

    assertThat(hostile.commands()).isEmpty();
    assertThat(hostile.advice()).anyMatch(advice -> advice.contains("cannot be typed"));
  }

  @Test
  void filesystemTypeIsQuotedForTheShell() {
    Attachment hostile =
        buffered(new Attachment.Mount("/dev/loop3", "/mnt", "fuse.x;reboot", "rw", false));

    assertThat(diagnose(hostile, reported(4096), 0).commands())
        .contains("mount -t 'fuse.x;reboot' -o rw /dev/loop3 /mnt");
  }

  @Test
  void bindMountThatCannotBeMadeAgainHasNoCommands() {
    Attachment bound = buffered(new Attachment.Mount("/dev/loop3", "/pods/a", "ext4", "rw", true));

    Diagnosis small = diagnose(bound, reported(4096), 0);

    assertThat(small.commands()).isEmpty();
    assertThat(small.advice())
        .contains("its bind mounts cannot be made again; unmount them first: /pods/a");
  }

  @ParameterizedTest
  @CsvSource({"ext4, false", "xfs, false", "btrfs, true"})
  void mountsOfWhichOneIsReadOnlyHaveCommandsOnlyOnBtrfs(String filesystem, boolean commands) {
    Attachment mixed =
        buffered(
            new Attachment.Mount("/dev/loop3", "/rw", filesystem, "rw,relatime", false),
            new Attachment.Mount("/dev/loop3", "/ro", filesystem, "ro,relatime", false));

    Diagnosis small = diagnose(mixed, reported(4096), 0);

    assertThat(small.commands().isEmpty()).isNotEqualTo(commands);
    assertThat(small.advice().toString().contains("mounted read-only on /ro and read-write on /rw"))
        .isNotEqualTo(commands);
  }

  @Test
  void mountsThatAreAllReadOnlyHaveCommands() {
    Attachment mounted =
        buffered(
            new Attachment.Mount("/dev/loop3", "/a", "ext4", "ro,relatime", false),
            new Attachment.Mount("/dev/loop3", "/b", "ext4", "ro,noexec", false));

    assertThat(diagnose(mounted, reported(4096), 0).commands()).isNotEmpty();
  }

  @Test
  void bindMountOfADeviceWithoutCommandsIsNotMentioned() {
    Attachment used =
        attached(
            device(Optional.of(false), 512, 0),
            false,
            List.of("swap on /mnt/swap"),
            new Attachment.Mount("/dev/loop3", "/pods/a", "ext4", "rw", true));

    Diagnosis small = diagnose(used, reported(4096), 0);

    assertThat(small.commands()).isEmpty();
    assertThat(small.advice()).noneMatch(advice -> advice.contains("bind mounts"));
  }

  @Test
  void sectorsOfTheDiskDecideIfTheKernelReportsNoAlignment() {
    Diagnosis small = diagnose(device(Optional.of(false), 512, 0), derived(4096));

    assertThat(small.cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(small.derived()).isTrue();
    assertThat(small.words()).contains("derived from the sectors of sda1");
    assertThat(diagnose(device(Optional.of(false), 4096, 0), derived(4096)).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @ParameterizedTest
  @ValueSource(strings = {"overlay", "nfs", "fuse", "lustre"})
  void filesystemWithoutADiskAndAlignmentHasNoCommands(String filesystem) {
    Storage unknown = withoutDisk(filesystem, true, false);

    Diagnosis off = diagnose(device(Optional.of(false), 512, 0), unknown);

    assertThat(off.cause()).isEqualTo(Cause.ALIGNMENT);
    assertThat(off.commands()).isEmpty();
    assertThat(off.words()).contains(filesystem + " is unknown");
    assertThat(diagnose(device(Optional.of(false), 4096, 0), unknown).cause())
        .isEqualTo(Cause.ALIGNMENT);
  }

  @Test
  void btrfsAcceptsSectorsOf512Bytes() {
    Diagnosis off = diagnose(device(Optional.of(false), 512, 0), withoutDisk("btrfs", true, false));

    assertThat(off.cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(off.derived()).isTrue();
  }

  @Test
  void checksummedFileOfAWritableDeviceHasNoCommands() {
    Diagnosis off = diagnose(device(Optional.of(false), 512, 0), withoutDisk("btrfs", true, true));

    assertThat(off.cause()).isEqualTo(Cause.READS_ONLY);
    assertThat(off.words()).contains("btrfs keeps checksums");
    assertThat(off.commands()).isEmpty();
    assertThat(off.advice()).singleElement().asString().contains("chattr +C");
  }

  @Test
  void checksummedFileOfAReadOnlyDeviceIsSwitchedOn() {
    Attachment readOnly = attached(loopMounted(List.of()).device());

    assertThat(diagnose(readOnly, withoutDisk("btrfs", true, true), 0).commands())
        .containsExactly("losetup --direct-io=on /dev/loop3");
  }

  @Test
  void directIoOnAChecksummedFileIsCommented() {
    Attachment direct = attached(device(Optional.of(true), 512, 0));

    Diagnosis on = diagnose(direct, withoutDisk("btrfs", true, true), 0);

    assertThat(on.cause()).isEqualTo(Cause.DIRECT);
    assertThat(on.advice()).singleElement().asString().contains("losetup --direct-io=off");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false}) // from 2.3 on, and before
  void copyInTheArcOfZfsIsOutOfReach(boolean opensForDirectIo) {
    Diagnosis off =
        diagnose(device(Optional.of(false), 512, 0), withoutDisk("zfs", opensForDirectIo, false));

    assertThat(off.cause()).isEqualTo(Cause.ARC);
    assertThat(off.cause().isHealthy()).isTrue();
    assertThat(off.words()).contains("ARC").contains("cannot measure or evict");
    assertThat(off.commands()).isEmpty();
  }

  @Test
  void unalignedOffsetHasNoCommands() {
    Diagnosis odd = diagnose(device(Optional.of(false), 4096, 512), reported(4096));

    assertThat(odd.cause()).isEqualTo(Cause.OFFSET);
    assertThat(odd.commands()).isEmpty();
    assertThat(odd.words()).contains("byte 512").contains("4096");
    assertThat(odd.advice()).anyMatch(advice -> advice.endsWith("(\"fadvised evict loop3\")"));
    assertThat(diagnose(device(Optional.of(false), 4096, 8192), reported(4096)).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void filesystemWithoutDirectIoIsReportedWithTheSource() {
    Storage refusing = withoutDisk("squashfs", false, false);

    assertThat(diagnose(device(Optional.of(false), 512, 0), refusing).words())
        .contains("squashfs has no direct I/O")
        .contains("open with O_DIRECT fails");
    assertThat(diagnose(device(Optional.of(false), 512, 0), reported(0)).words()).contains("statx");
  }

  @Test
  void untriedOpenDoesNotCountAsARefusal() {
    Storage known = derived(512);
    Storage untried =
        new Storage(
            true,
            known.filesystem(),
            known.disk(),
            known.alignmentBytes(),
            Optional.empty(),
            false);

    assertThat(diagnose(device(Optional.of(false), 512, 0), untried).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void kernelWithoutDirectIoIsTheCause() {
    assertThat(diagnose(device(Optional.empty(), 512, 0), derived(512)).cause())
        .isEqualTo(Cause.KERNEL);
  }
}
