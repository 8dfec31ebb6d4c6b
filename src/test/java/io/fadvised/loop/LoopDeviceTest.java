package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopDeviceTest {
  private static final long NONE = -1;

  private static LoopDevice device(String path, long offset, long sequence, boolean directIo) {
    return new LoopDevice(
        "loop0",
        BackingPath.of(path),
        offset,
        0,
        1 << 20,
        false,
        Optional.of(directIo),
        512,
        sequence == NONE ? OptionalLong.empty() : OptionalLong.of(sequence));
  }

  @ParameterizedTest
  @CsvSource({
    // path, offset, diskseq: earlier, then later
    "/a, 0, 7,  /a, 0, 7,  true",
    "/a, 0, 7,  /a, 0, 8,  false",
    "/a, 0, 7,  /b, 0, 7,  true", // renamed: the same attachment all the same
    "/a, 0, 7,  /a, 512, 7,  true", // LOOP_SET_STATUS64 moved it
    "/a, 0, -1,  /a, 0, -1,  true",
    "/a, 0, -1,  /b, 0, -1,  true", // renamed, or another file: its identity decides
    "/a, 0, -1,  /a, 512, -1,  false",
    "/a, 0, 7,  /a, 0, -1,  false",
    "/a, 0, -1,  /a, 0, 7,  false",
  })
  void diskseqDistinguishesAttachmentsElseOffsetDoes(
      String path,
      long offset,
      long sequence,
      String path2,
      long offset2,
      long sequence2,
      boolean same) {
    assertThat(
            device(path, offset, sequence, false)
                .isSameAttachment(device(path2, offset2, sequence2, true)))
        .isEqualTo(same);
  }

  @Test
  void directIoIsOnOnlyIfTheKernelReportsIt() {
    assertThat(device("/a", 0, 1, true).hasDirectIo()).isTrue();
    assertThat(device("/a", 0, 1, false).hasDirectIo()).isFalse();
  }
}
