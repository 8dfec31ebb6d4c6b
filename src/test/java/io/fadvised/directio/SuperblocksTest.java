package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Contents that programs here can create are in ContentsIT. */
class SuperblocksTest {
  private static final int KIB = 1 << 10;

  private final ByteBuffer head = ByteBuffer.allocate(68 * KIB).order(ByteOrder.LITTLE_ENDIAN);

  private Contents found() {
    return new Superblocks(head).contents();
  }

  private void put(int offset, String magic) {
    head.put(offset, magic.getBytes(ISO_8859_1));
  }

  private void bootSector() {
    head.putShort(510, (short) 0xAA55);
  }

  @Test
  void zerosAreBlankAndOtherDataIsNotRecognised() {
    assertThat(found()).isEqualTo(Contents.BLANK);

    head.put(67 * KIB, (byte) 1);
    assertThat(found().isRecognised()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0x36, FAT16, 512", "0x52, FAT32, 4096"})
  void fatSupportsOnlyItsOwnSectorSize(String offset, String magic, short sectorBytes) {
    bootSector();
    head.putShort(11, sectorBytes);
    put(Integer.decode(offset), magic);

    assertThat(found()).isEqualTo(Contents.of("FAT", sectorBytes));
  }

  @Test
  void exfatAndNtfsAreNoPartitionTables() {
    bootSector();
    put(3, "EXFAT   ");
    head.put(108, (byte) 12);
    assertThat(found()).isEqualTo(Contents.of("exFAT", 4096));

    put(3, "NTFS    ");
    head.putShort(11, (short) 512);
    assertThat(found()).isEqualTo(Contents.of("NTFS", 512));
  }

  @Test
  void partitionTablesOfBothKindsSupport512ByteSectors() {
    bootSector();
    assertThat(found()).isEqualTo(Contents.of("a partition table", 512));

    put(512, "EFI PART");
    assertThat(found()).isEqualTo(Contents.of("a partition table", 512));
  }

  @Test
  void f2fsSupportsSectorsUpToItsBlockSize() {
    head.putInt(KIB, 0xF2F52010);
    head.putInt(KIB + 8, 9);
    head.putInt(KIB + 16, 12);

    assertThat(found()).isEqualTo(Contents.of("f2fs", 4096));
  }

  @Test
  void journalOfAnotherDeviceIsNotTakenForExt4() {
    head.putShort(KIB + 0x38, (short) 0xEF53);
    head.putInt(KIB + 0x18, 2);
    head.putInt(KIB + 0x60, 8);

    assertThat(found()).isEqualTo(Contents.unlimited("an ext4 journal"));
  }

  /** ZFS leaves the first 8 KiB as they were. */
  @Test
  void labelOfZfsOverAStaleSuperblockIsNotTakenForExt4() {
    head.putShort(KIB + 0x38, (short) 0xEF53);
    head.putInt(KIB + 0x18, 2);
    assertThat(found()).isEqualTo(Contents.of("ext4", 4096));

    head.put(16 * KIB, (byte) 1);
    put(16 * KIB + 24, "version\0");
    assertThat(found()).isEqualTo(Contents.NOT_RECOGNISED);

    head.putShort(KIB + 0x38, (short) 0);
    assertThat(found()).isEqualTo(Contents.unlimited("ZFS"));
  }

  @Test
  void isoImageSupportsSectorsOf2048Bytes() {
    put(32769, "CD001");

    assertThat(found()).isEqualTo(Contents.of("ISO 9660", 2048));
  }

  @ParameterizedTest
  @CsvSource({"4086, 4096", "16374, 16384", "65526, 65536"})
  void swapSupportsSectorsUpToItsPages(int offset, int pageBytes) {
    put(offset, "SWAPSPACE2");

    assertThat(found()).isEqualTo(Contents.of("swap", pageBytes));
  }

  @ParameterizedTest
  @CsvSource({"0, true", "2, false"})
  void squashfsIsCompressedUnlessItsFlagsDenyIt(short flags, boolean compressed) {
    put(0, "hsqs");
    head.putShort(24, flags);

    assertThat(found()).isEqualTo(new Contents("squashfs", 4096, compressed));
  }

  @ParameterizedTest
  @CsvSource({"0, 0, false", "4, 0, false", "1, 0, true", "3, 1, true", "0, -1, true"})
  void erofsIsCompressedIfItsFeaturesIncludeIt(int features, short algorithms, boolean compressed) {
    head.putInt(KIB, 0xE0F5E1E2);
    head.put(KIB + 12, (byte) 12);
    head.putInt(KIB + 80, features);
    head.putShort(KIB + 84, algorithms);

    assertThat(found()).isEqualTo(new Contents("EROFS", 4096, compressed));
  }

  @ParameterizedTest
  @CsvSource({
    "0, LUKS\u00ba\u00be, LUKS",
    "512, LABELONE, LVM",
    "0, \u00fcN+\u00a9, md RAID",
    "4096, \u00fcN+\u00a9, md RAID",
    "4120, \u00c6\u0085s\u00f6N\u001aE\u00ca, bcache",
    "32769, BEA01, UDF"
  })
  void containersHaveNoKnownLimit(int offset, String magic, String kind) {
    put(offset, magic);

    assertThat(found()).isEqualTo(new Contents(kind, 0, false));
    assertThat(found().obstacleTo(1024)).isPresent();
  }

  @Test
  void severalFormatsAreNotRecognised() {
    put(0, "XFSB");
    head.putShort(102, Short.reverseBytes((short) 4096));
    assertThat(found()).isEqualTo(Contents.of("XFS", 4096));

    put(512, "LABELONE");
    assertThat(found().isRecognised()).isFalse();
  }

  /** Offsets: md(4) and drivers/md/md.c, super_90_load and super_1_load. */
  @ParameterizedTest
  @CsvSource({"33554432, 65536", "33556480, 67584", "33554432, 8192", "33556480, 10240"})
  void mdSuperblockAtTheEndIsFound(long sizeBytes, int beforeTheEnd) {
    ByteBuffer tail = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(Superblocks.isMdAtTheEnd(tail, sizeBytes)).isFalse();

    tail.putInt(tail.limit() - beforeTheEnd, 0xA92B4EFC);
    assertThat(Superblocks.isMdAtTheEnd(tail, sizeBytes)).isTrue();
  }

  @Test
  void deviceWithoutRoomForMdHasNone() {
    assertThat(Superblocks.isMdAtTheEnd(ByteBuffer.allocate(512), 512)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {31, -1, 7})
  void impossibleBlockSizeOfExt4IsRejected(int log) {
    head.putShort(KIB + 0x38, (short) 0xEF53);
    head.putInt(KIB + 0x18, log);

    assertThat(found().isRecognised()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 5, 256, 1 << 17})
  void impossibleSectorSizeOfBtrfsIsRejected(int bytes) {
    put(64 * KIB + 0x40, "_BHRfS_M");
    head.putInt(64 * KIB + 0x90, bytes);

    assertThat(found().isRecognised()).isFalse();
  }
}
