package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StretchesTest {
  private static final Stretches TWO =
      new Stretches(List.of(new ByteRange(10, 5), new ByteRange(20, 10)));

  @Test
  void theBytesOfStretchesAreCountedWithoutTheGaps() {
    assertThat(TWO.bytes()).isEqualTo(15);
    assertThat(Stretches.NONE.bytes()).isZero();
    assertThat(Stretches.of(new ByteRange(7, 0)).isEmpty()).isTrue();
  }

  @Test
  void aPositionIsFoundInTheFile() {
    assertThat(TWO.offsetOf(0)).isEqualTo(10);
    assertThat(TWO.offsetOf(4)).isEqualTo(14);
    assertThat(TWO.offsetOf(5)).isEqualTo(20);
    assertThat(TWO.offsetOf(14)).isEqualTo(29);
  }

  @Test
  void whatComesNextBeginsAtTheOffsetAndThenAtTheFirstStretch() {
    assertThat(TWO.from(0)).contains(new ByteRange(10, 5));
    assertThat(TWO.from(12)).contains(new ByteRange(12, 3));
    assertThat(TWO.from(15)).contains(new ByteRange(20, 10));
    assertThat(TWO.from(30)).contains(new ByteRange(10, 5));
    assertThat(Stretches.NONE.from(0)).isEqualTo(Optional.empty());
  }

  @Test
  void withoutOthersExactlyTheRestIsLeft() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 2000; round++) {
      boolean[] all = new boolean[40];
      boolean[] taken = new boolean[40];
      for (int i = 0; i < all.length; i++) {
        all[i] = random.nextInt(3) > 0;
        taken[i] = random.nextInt(3) == 0;
      }
      Stretches left = stretches(all).without(stretches(taken));

      for (int i = 0; i < all.length; i++) {
        all[i] &= !taken[i];
      }
      assertThat(covered(left)).isEqualTo(covered(stretches(all)));
      assertThat(left.ranges()).noneMatch(ByteRange::isEmpty);
    }
  }

  private static Stretches stretches(boolean[] bytes) {
    TreeMap<Integer, ByteRange> ranges = new TreeMap<>();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i]) {
        int start = ranges.isEmpty() ? -1 : ranges.lastKey();
        boolean goesOn = start >= 0 && ranges.get(start).end() == i;
        int from = goesOn ? start : i;
        ranges.put(from, new ByteRange(from, i + 1 - from));
      }
    }
    return new Stretches(List.copyOf(ranges.values()));
  }

  private static List<Long> covered(Stretches stretches) {
    return stretches.ranges().stream()
        .flatMapToLong(range -> java.util.stream.LongStream.range(range.offset(), range.end()))
        .boxed()
        .toList();
  }
}
