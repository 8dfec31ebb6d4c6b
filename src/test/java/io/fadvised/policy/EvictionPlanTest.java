package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EvictionPlanTest {
  private static final long MIB = 1L << 20;

  @Test
  void regionWithAQuarterDirtyIsSparedOnRequest() {
    List<Region> regions = List.of(region(0, 0, 0), region(4, 1, 0), region(8, 0, 0));

    assertThat(EvictionPlan.whole(regions, true)).containsExactly(range(0, 4), range(8, 4));
    assertThat(EvictionPlan.whole(regions, false)).containsExactly(range(0, 12));
  }

  @Test
  void regionBeingWrittenIsSparedLikeADirtyOne() {
    assertThat(EvictionPlan.whole(List.of(region(0, 0, 1)), true)).isEmpty();
  }

  @Test
  void regionWithFewDirtyPagesIsEvicted() {
    Residency mostlyClean = new Residency(4 * MIB, OptionalLong.of(MIB - 4096), OptionalLong.of(0));

    assertThat(EvictionPlan.whole(List.of(new Region(range(0, 4), mostlyClean)), true))
        .containsExactly(range(0, 4));
  }

  @Test
  void regionWithUnknownDirtyPagesIsEvicted() {
    Region unknown = new Region(range(0, 4), Residency.ofResident(4 * MIB));

    assertThat(EvictionPlan.whole(List.of(unknown), true)).containsExactly(range(0, 4));
  }

  @Test
  void sixteenthIsSpreadEvenly() {
    List<ByteRange> ranges = List.of(range(0, 128), range(128, 128), range(260, 120));

    assertThat(EvictionPlan.sixteenth(ranges, 0))
        .containsExactly(range(0, 8), range(128, 8), range(260, 4));
    assertThat(EvictionPlan.sixteenth(ranges, 15))
        .containsExactly(range(120, 8), range(248, 8), range(376, 4));
  }

  @Test
  void allSixteenthsTogetherCoverTheRangesOnce() {
    List<ByteRange> ranges = List.of(range(100, 1000), range(2048, 128));
    long bytes = 0;
    for (int phase = 0; phase < EvictionPlan.PARTS; phase++) {
      bytes += EvictionPlan.sixteenth(ranges, phase).stream().mapToLong(ByteRange::length).sum();
    }

    assertThat(bytes).isEqualTo(1128 * MIB);
  }

  @Test
  void sixteenthOfALargeFileHasLimitedPieces() {
    List<ByteRange> tebibytes = List.of(range(0, 6L << 20), range(6L << 20, 4L << 20));

    assertThat(EvictionPlan.sixteenth(tebibytes, 3)).hasSizeBetween(400, 520);
    assertThat(EvictionPlan.sixteenth(tebibytes, 3).stream().mapToLong(ByteRange::length).sum())
        .isBetween((long) (0.9 * (10L << 40) / 16), (long) (1.1 * (10L << 40) / 16));
  }

  @Test
  void emptySixteenthIsReplacedByTheNextOne() {
    assertThat(EvictionPlan.sixteenth(List.of(range(16, 10)), 0)).containsExactly(range(16, 8));
    assertThat(EvictionPlan.sixteenth(List.of(), 0)).isEmpty();
  }

  private static Region region(long atMib, long dirtyMib, long writebackMib) {
    return new Region(
        range(atMib, 4),
        new Residency(
            4 * MIB, OptionalLong.of(dirtyMib * MIB), OptionalLong.of(writebackMib * MIB)));
  }

  private static ByteRange range(long fromMib, long lengthMib) {
    return new ByteRange(fromMib * MIB, lengthMib * MIB);
  }
}
