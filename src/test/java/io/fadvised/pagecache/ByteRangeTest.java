package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteRangeTest {

  @ParameterizedTest
  @CsvSource({
    "-1, 0",
    "0, -1",
    "9223372036854775807, 1",
    "4611686018427387904, 4611686018427387904"
  })
  void aRangeThatCannotBeIsRefusedWithItsFigures(long offset, long length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ByteRange(offset, length))
        .withMessage("range of " + length + " bytes at " + offset);
  }

  @ParameterizedTest
  @CsvSource({
    // offset, length, size of the file, then the part within
    "0, 10, 20, 0, 10",
    "0, 10, 10, 0, 10",
    "0, 10, 4, 0, 4",
    "5, 10, 8, 5, 3",
    "5, 10, 5, 5, 0",
    "5, 10, 2, 2, 0",
    "5, 10, 0, 0, 0",
  })
  void whatLiesBeyondTheFileIsCutOff(long offset, long length, long size, long start, long rest) {
    assertThat(new ByteRange(offset, length).within(size)).isEqualTo(new ByteRange(start, rest));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 4, 0, 8",
    "1, 1, 4, 0, 4",
    "3, 2, 4, 0, 8",
    "4, 4, 4, 4, 4",
    "5, 0, 4, 4, 4",
    "0, 0, 4, 0, 0",
  })
  void alignedItGrowsToWholeUnits(long offset, long length, long unit, long start, long grown) {
    assertThat(new ByteRange(offset, length).alignedOutwards(unit))
        .isEqualTo(new ByteRange(start, grown));
  }

  @Test
  void atTheEndOfTheLargestFileItGrowsNoFurther() {
    ByteRange last = new ByteRange(Long.MAX_VALUE - 10, 10);

    assertThat(last.alignedOutwards(4096).end()).isEqualTo(Long.MAX_VALUE);
    assertThat(last.alignedOutwards(4096).offset()).isEqualTo(Long.MAX_VALUE - 4095);
  }

  @Test
  void anEmptyRangeIsEmpty() {
    assertThat(new ByteRange(7, 0).isEmpty()).isTrue();
    assertThat(ByteRange.ofFile(0).isEmpty()).isTrue();
    assertThat(new ByteRange(0, 1).isEmpty()).isFalse();
  }
}
