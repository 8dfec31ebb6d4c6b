package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
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
  void invalidRangeIsRejectedWithItsFigures(long offset, long length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ByteRange(offset, length))
        .withMessage("range of " + length + " bytes at " + offset);
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
  void alignedRangeGrowsToWholeUnits(long offset, long length, long unit, long start, long grown) {
    assertThat(new ByteRange(offset, length).alignedOutwards(unit))
        .isEqualTo(new ByteRange(start, grown));
  }

  @Test
  void alignedRangeEndsWithTheLargestFile() {
    ByteRange last = new ByteRange(Long.MAX_VALUE - 10, 10);

    assertThat(last.alignedOutwards(4096).end()).isEqualTo(Long.MAX_VALUE);
    assertThat(last.alignedOutwards(4096).offset()).isEqualTo(Long.MAX_VALUE - 4095);
  }

  @Test
  void rangeIsCutAtMultiplesOfTheUnit() {
    assertThat(new ByteRange(6, 10).cut(8))
        .containsExactly(new ByteRange(6, 2), new ByteRange(8, 8));
    assertThat(new ByteRange(8, 8).cut(8)).containsExactly(new ByteRange(8, 8));
    assertThat(new ByteRange(9, 3).cut(8)).containsExactly(new ByteRange(9, 3));
    assertThat(new ByteRange(5, 0).cut(8)).isEmpty();
  }

  @Test
  void partsOfACutCoverTheRange() {
    for (long offset = 0; offset < 20; offset++) {
      for (long length = 1; length < 40; length++) {
        ByteRange range = new ByteRange(offset, length);
        long next = offset;
        for (ByteRange part : range.cut(8)) {
          assertThat(part.offset()).isEqualTo(next);
          assertThat(part.offset() / 8).isEqualTo((part.end() - 1) / 8);
          assertThat(range.around(part.end() - 1, 8)).isEqualTo(part);
          next = part.end();
        }
        assertThat(next).isEqualTo(range.end());
      }
    }
  }

  @Test
  void lastPartOfTheLargestFileEndsWithIt() {
    ByteRange last = new ByteRange(Long.MAX_VALUE - 10, 10);

    assertThat(last.cut(4096)).containsExactly(last);
  }

  @Test
  void rangeWithoutPartsKeepsTheGapsBetweenThem() {
    ByteRange range = new ByteRange(10, 20);

    assertThat(range.without(List.of())).containsExactly(range);
    assertThat(range.without(List.of(range))).isEmpty();
    assertThat(range.without(List.of(new ByteRange(10, 5), new ByteRange(20, 4))))
        .containsExactly(new ByteRange(15, 5), new ByteRange(24, 6));
    assertThat(range.without(List.of(new ByteRange(12, 3), new ByteRange(15, 15))))
        .containsExactly(new ByteRange(10, 2));
  }
}
