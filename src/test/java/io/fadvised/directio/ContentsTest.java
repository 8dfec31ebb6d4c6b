package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contents that mkfs can create are in DoctorIT. */
class ContentsTest {
  private final ByteBuffer head = ByteBuffer.allocate(68 << 10).order(ByteOrder.LITTLE_ENDIAN);

  @Test
  void emptyOrUnreadableDeviceHasNoKnownContent() {
    assertThat(Contents.of(head)).isEmpty();
    assertThat(Contents.of(Path.of("/no/such/device"))).isEmpty();
  }

  @Test
  void fatSupportsOnlyItsOwnSectorSize() {
    bootSector();
    head.putShort(11, (short) 4096);
    head.put(0x52, "FAT32   ".getBytes(ISO_8859_1));

    assertThat(Contents.of(head)).contains(new Contents("FAT", 4096));
  }

  @Test
  void partitionTablesOfBothKindsSupport512ByteSectors() {
    bootSector();
    assertThat(Contents.of(head)).contains(new Contents("a partition table", 512));

    head.put(512, "EFI PART".getBytes(ISO_8859_1));
    assertThat(Contents.of(head)).contains(new Contents("a partition table", 512));
  }

  @Test
  void impossibleBlockSizeOfExt4IsRejected() {
    head.putShort(1024 + 0x38, (short) 0xEF53);
    head.putInt(1024 + 0x18, 31);

    assertThat(Contents.of(head)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 5, 256, 1 << 17})
  void impossibleSectorSizeOfBtrfsIsRejected(int bytes) {
    head.put((64 << 10) + 0x40, "_BHRfS_M".getBytes(ISO_8859_1));
    head.putInt((64 << 10) + 0x90, bytes);

    assertThat(Contents.of(head)).isEmpty();
  }

  private void bootSector() {
    head.putShort(510, (short) 0xAA55);
  }
}
