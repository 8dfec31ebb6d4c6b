package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Input that a tenant wrote to a device. */
class ContentsFuzzTest {
  private static final int NEEDED_BYTES = 4096;

  /** Offsets of the magic numbers and sector sizes. */
  private static final List<Integer> OFFSETS =
      List.of(0, 510, 512, 1024 + 0x18, 1024 + 0x38, 64 << 10, 1024, 4096, 32 << 10);

  @FuzzTest
  void sectorSizeOfAnyContentIsPossible(byte[] input) throws Exception {
    ByteBuffer head = ByteBuffer.allocate(68 << 10).order(ByteOrder.LITTLE_ENDIAN);
    List<String> pieces = Pieces.of(input, OFFSETS.size());
    for (int i = 0; i < OFFSETS.size(); i++) {
      byte[] piece = Pieces.bytes(pieces.get(i));
      head.put(OFFSETS.get(i), piece, 0, Math.min(piece.length, 4 << 10));
    }

    Contents found = Bounds.within(() -> new Superblocks(head).contents());

    assertThat(found.maxSectorBytes()).isBetween(0, 1 << 16);
    assertThat(Integer.bitCount(found.maxSectorBytes())).isLessThanOrEqualTo(1);
    Diagnosis diagnosis =
        new DirectIoRule(
                Attachments.buffered(),
                Attachments.reported(NEEDED_BYTES),
                Optional.of(found),
                OptionalLong.of(0))
            .diagnose();
    assertThat(diagnosis.commands().isEmpty()).isEqualTo(found.maxSectorBytes() < NEEDED_BYTES);
    Bounds.assertPrintable(diagnosis.toString());
  }
}
