package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static final long MIB = 1L << 20;
  private static final ReadAhead NO_FRONTS = new ReadAhead(List.of());

  @Test
  void pagesBeforeTheFrontOfAStreamAreSpared() {
    List<Region> stream = full(0, 50);

    assertThat(spared(stream, NO_FRONTS, 64)).containsExactly(range(0, 42));
  }

  @Test
  void streamThatHasEndedIsEvictedWhole() {
    List<Region> stream = full(0, 50);

    assertThat(spared(stream, ReadAhead.in(stream), 64)).containsExactly(range(0, 50));
  }

  @Test
  void streamThatBeginsAtTheLastSparedPagesIsSpared() {
    assertThat(spared(full(42, 58), new ReadAhead(List.of(50 * MIB)), 64))
        .containsExactly(range(42, 50));
  }

  @Test
  void randomAccessHasNoFront() {
    List<Region> regions = new ArrayList<>();
    for (long at = 0; at < 40; at += 4) {
      regions.add(region(at, at + 4, 1));
    }

    assertThat(ReadAhead.in(regions).fronts()).isEmpty();
  }

  @Test
  void streamAfterScatteredPagesHasAFront() {
    List<Region> regions = new ArrayList<>(List.of(region(0, 4, 1)));
    regions.addAll(full(40, 52));

    assertThat(ReadAhead.in(regions).fronts()).containsExactly(52 * MIB);
  }

  @Test
  void rangeThatBeginsAtAFrontIsNotSpared() {
    List<ByteRange> ranges = List.of(range(30, 42), range(42, 50), range(50, 58));

    assertThat(new ReadAhead(List.of(50 * MIB)).spare(ranges, NO_FRONTS, 64 * MIB))
        .containsExactly(range(30, 42), range(50, 58));
  }

  @Test
  void severalStreamsAreSparedUpToTheMaximum() {
    List<Region> regions = new ArrayList<>(full(0, 20));
    regions.addAll(full(40, 60));

    assertThat(spared(regions, NO_FRONTS, 16)).containsExactly(range(0, 12), range(20, 52));
    assertThat(spared(regions, NO_FRONTS, 15)).containsExactly(range(0, 12), range(20, 60));
    assertThat(spared(regions, NO_FRONTS, 7)).containsExactly(range(0, 60));
  }

  @Test
  void streamShorterThanItsReadAheadIsSparedWhole() {
    assertThat(spared(full(0, 6), NO_FRONTS, 64)).isEmpty();
  }

  @Test
  void regionsWithoutLocatedPagesHaveNoFront() {
    List<Region> large = List.of(region(0, 4096, 4096), region(4096, 8192, 1024));

    assertThat(ReadAhead.in(large).fronts()).isEmpty();
    assertThat(
            new ReadAhead(List.of(5120 * MIB))
                .spare(List.of(range(4096, 8192)), NO_FRONTS, 64 * MIB))
        .containsExactly(range(4096, 5112), range(5120, 8192));
  }

  private static List<ByteRange> spared(List<Region> regions, ReadAhead before, long maxMib) {
    return ReadAhead.in(regions).spare(Region.ranges(regions), before, maxMib * MIB);
  }

  /** Returns fully resident regions of 4 MiB; the last may be shorter. */
  private static List<Region> full(long fromMib, long toMib) {
    List<Region> regions = new ArrayList<>();
    for (long at = fromMib; at < toMib; at += 4) {
      long end = Math.min(at + 4, toMib);
      regions.add(region(at, end, end - at));
    }
    return regions;
  }

  private static Region region(long fromMib, long toMib, long residentMib) {
    return new Region(range(fromMib, toMib), Residency.ofResident(residentMib * MIB));
  }

  private static ByteRange range(long fromMib, long toMib) {
    return new ByteRange(fromMib * MIB, (toMib - fromMib) * MIB);
  }
}
