package io.fadvised.directio;

import static io.fadvised.directio.Attachments.MIB;
import static io.fadvised.directio.Attachments.asked;
import static io.fadvised.directio.Attachments.buffered;
import static io.fadvised.directio.Attachments.derived;
import static io.fadvised.directio.Attachments.device;
import static io.fadvised.directio.Attachments.mount;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DirectIoRuleTest {
  private static Diagnosis diagnose(Attachment attachment, Storage storage, long residentBytes) {
    return new DirectIoRule(attachment, storage, OptionalLong.of(residentBytes)).diagnose();
  }

  private static Diagnosis diagnose(LoopDevice device, Storage storage) {
    return diagnose(new Attachment(device, false, List.of()), storage, 50 * MIB);
  }

  @Test
  void directIoThatIsOnAndLeavesNothingBelowIsHealthy() {
    Attachment direct = new Attachment(device(Optional.of(true), 512, 0), false, List.of());

    assertThat(diagnose(direct, asked(512), 0).cause()).isEqualTo(Cause.DIRECT);
    assertThat(diagnose(direct, asked(512), MIB).cause()).isEqualTo(Cause.DIRECT);
  }

  @Test
  void directIoThatIsOnProvesNothingIfTheFileIsCached() {
    Diagnosis cached = diagnose(device(Optional.of(true), 512, 0), asked(512));

    assertThat(cached.cause()).isEqualTo(Cause.DIRECT_BUT_CACHED);
    assertThat(cached.words()).contains("dio=1").contains("50 MiB");
    assertThat(cached.advice()).singleElement().asString().contains("fadvised evict loop3");
  }

  @Test
  void whatOnlyHasToBeSwitchedOnIsSwitchedOnInPlace() {
    Diagnosis off = diagnose(buffered(mount("/dev/loop3", "/mnt")), asked(512), 50 * MIB);

    assertThat(off.cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(off.commands())
        .containsExactly(
            "losetup --direct-io=on /dev/loop3",
            "dd if='/disks/a b.img' iflag=nocache count=0 status=none");
    assertThat(off.derived()).isFalse();
    assertThat(off.words()).contains("xfs on sda1").contains("by statx");
  }

  @Test
  void sectorsThatAreTooSmallAskForAnotherAttachment() {
    Attachment mounted =
        buffered(mount("/dev/loop3", "/mnt"), mount("/dev/loop3", "/srv/it's here"));

    Diagnosis small = diagnose(mounted, asked(4096), 50 * MIB);

    assertThat(small.cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(small.words()).contains("sectors of 512 bytes").contains("needs 4096");
    assertThat(small.commands())
        .containsExactly(
            "umount '/srv/it'\\''s here'",
            "umount /mnt",
            "losetup --detach /dev/loop3",
            "losetup --direct-io=on --sector-size 4096 /dev/loop3 '/disks/a b.img'",
            "mount /dev/loop3 /mnt",
            "mount /dev/loop3 '/srv/it'\\''s here'",
            "dd if='/disks/a b.img' iflag=nocache count=0 status=none");
    assertThat(small.advice().get(0)).contains("may not mount");
  }

  @Test
  void allThatTheDeviceWasAttachedWithIsKept() {
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
    Attachment partitioned = new Attachment(device, true, List.of(mount("/dev/loop3p1", "/mnt")));

    assertThat(diagnose(partitioned, asked(4096), 0).commands())
        .containsExactly(
            "umount /mnt", // which detaches it
            "losetup --direct-io=on --sector-size 4096 --offset 8192 --sizelimit 65536 --read-only"
                + " --partscan /dev/loop3 /a.img",
            "mount /dev/loop3p1 /mnt");
  }

  @Test
  void whatATerminalWouldObeyIsEscaped() {
    Attachment hostile = buffered(mount("/dev/loop3", "/mnt/\u001b[31m\n'x'"));

    assertThat(diagnose(hostile, asked(4096), 0).commands())
        .contains("umount $'/mnt/\\033[31m\\012\\047x\\047'")
        .allMatch(command -> command.chars().noneMatch(Character::isISOControl));
  }

  @Test
  void bindMountsAreUndoneAndLeftToWhoeverMadeThem() {
    Attachment bound =
        buffered(
            mount("/dev/loop3", "/mnt"),
            new Attachment.Mount("/dev/loop3", "/pods/a", "ext4", true));

    Diagnosis small = diagnose(bound, asked(4096), 0);

    assertThat(small.commands())
        .contains("umount /pods/a")
        .doesNotContain("mount /dev/loop3 /pods/a");
    assertThat(small.advice()).anyMatch(advice -> advice.contains("bind mounts"));
  }

  @Test
  void whereTheKernelDoesNotTellTheDisksSectorsDecideAndThatIsSaid() {
    Diagnosis small = diagnose(device(Optional.of(false), 512, 0), derived(4096));

    assertThat(small.cause()).isEqualTo(Cause.SECTOR_SIZE);
    assertThat(small.derived()).isTrue();
    assertThat(small.words()).contains("derived from the sectors of sda1");
    assertThat(diagnose(device(Optional.of(false), 4096, 0), derived(4096)).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void aFilesystemWithoutADiskNeedsTheSmallestSectors() {
    Storage network = new Storage("nfs", Optional.empty(), OptionalInt.empty(), Optional.of(true));

    Diagnosis off = diagnose(device(Optional.of(false), 512, 0), network);

    assertThat(off.cause()).isEqualTo(Cause.SWITCHED_OFF);
    assertThat(off.derived()).isTrue();
  }

  @Test
  void anOffsetBetweenTwoSectorsCannotBeCured() {
    Diagnosis odd = diagnose(device(Optional.of(false), 4096, 512), asked(4096));

    assertThat(odd.cause()).isEqualTo(Cause.OFFSET);
    assertThat(odd.commands()).isEmpty();
    assertThat(odd.words()).contains("byte 512").contains("4096");
    assertThat(odd.advice()).anyMatch(advice -> advice.contains("evicting"));
    assertThat(diagnose(device(Optional.of(false), 4096, 8192), asked(4096)).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void aFilesystemThatRefusesIsNamedAndHowThatIsKnown() {
    Storage refusing =
        new Storage("squashfs", Optional.empty(), OptionalInt.empty(), Optional.of(false));

    assertThat(diagnose(device(Optional.of(false), 512, 0), refusing).words())
        .contains("squashfs takes no direct I/O")
        .contains("O_DIRECT is refused");
    assertThat(diagnose(device(Optional.of(false), 512, 0), asked(0)).words()).contains("statx");
  }

  @Test
  void whatCouldNotBeTriedIsNotTakenForARefusal() {
    Storage unknown = new Storage("ext4", Optional.empty(), OptionalInt.empty(), Optional.empty());

    assertThat(diagnose(device(Optional.of(false), 512, 0), unknown).cause())
        .isEqualTo(Cause.SWITCHED_OFF);
  }

  @Test
  void anOldKernelIsTheCauseByItself() {
    assertThat(diagnose(device(Optional.empty(), 512, 0), derived(512)).cause())
        .isEqualTo(Cause.KERNEL);
  }
}
