package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RegionTest {
  private static List<ByteRange> ranges(ByteRange... resident) {
    return Region.ranges(
        Stream.of(resident).map(range -> new Region(range, Residency.ofResident(1))).toList());
  }

  @Test
  void regionsOfOneWindowAreAdvisedInOneCallWithTheGapsBetweenThem() {
    assertThat(
            ranges(
                new ByteRange(WINDOW, REGION),
                new ByteRange(WINDOW + 2 * REGION, REGION),
                new ByteRange(2 * WINDOW - REGION, REGION)))
        .containsExactly(new ByteRange(WINDOW, WINDOW));
  }

  @Test
  void regionsOfTwoWindowsAreAdvisedInTwoCalls() {
    assertThat(ranges(new ByteRange(WINDOW - REGION, REGION), new ByteRange(WINDOW, REGION)))
        .containsExactly(new ByteRange(WINDOW - REGION, REGION), new ByteRange(WINDOW, REGION));
  }

  @Test
  void regionLargerThanAWindowIsAdvisedSeparately() {
    assertThat(
            ranges(new ByteRange(0, GIB), new ByteRange(GIB, REGION), new ByteRange(2 * GIB, GIB)))
        .containsExactly(
            new ByteRange(0, GIB), new ByteRange(GIB, REGION), new ByteRange(2 * GIB, GIB));
  }

  @Test
  void emptyListOfRegionsHasNoRanges() {
    assertThat(ranges()).isEmpty();
  }
}
