package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlkidTest {
  @ParameterizedTest
  @CsvSource({
    "ext3, ext4",
    "vfat, FAT",
    "LVM2_member, LVM",
    "zfs_member, ZFS",
    "squashfs, squashfs",
    "jfs, jfs"
  })
  void typeBecomesTheKind(String type, String kind) {
    String output = "DEVNAME=/dev/loop3\nBLOCK_SIZE=4096\nTYPE=" + type + "\nPTTYPE=dos\n";

    assertThat(Blkid.contentsOf(0, output)).contains(Contents.unlimited(kind));
  }

  @Test
  void partitionTableCountsIfThereIsNoType() {
    assertThat(Blkid.contentsOf(0, "DEVNAME=/dev/loop3\nPTTYPE=gpt\n"))
        .contains(Contents.unlimited("a partition table"));
  }

  @Test
  void nothingFoundIsBlankAndAnAmbivalentResultIsNotRecognised() {
    assertThat(Blkid.contentsOf(2, "")).contains(Contents.BLANK);
    assertThat(Blkid.contentsOf(8, "")).contains(Contents.NOT_RECOGNISED);
  }

  @Test
  void otherProgramsOfThatNameAreIgnored() {
    assertThat(Blkid.contentsOf(0, "/dev/loop3: UUID=\"1\" TYPE=\"ext4\"\n")).isEmpty();
    assertThat(Blkid.contentsOf(1, "blkid: unrecognized option: p\n")).isEmpty();
  }
}
