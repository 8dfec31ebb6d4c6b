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
  void aRegionOfWhichAQuarterIsDirtyIsSparedIfAskedFor() {
    List<Region> regions = List.of(region(0, 0, 0), region(4, 1, 0), region(8, 0, 0));

    assertThat(EvictionPlan.whole(regions, true)).containsExactly(range(0, 4), range(8, 4));
    assertThat(EvictionPlan.whole(regions, false)).containsExactly(range(0, 12));
  }

  @Test
  void whatIsBeingWrittenWaitsLikeWhatIsDirty() {
    assertThat(EvictionPlan.whole(List.of(region(0, 0, 1)), true)).isEmpty();
  }

  @Test
  void fewDirtyPagesDoNotKeepARegion() {
    Residency mostlyClean = new Residency(4 * MIB, OptionalLong.of(MIB - 4096), OptionalLong.of(0));

    assertThat(EvictionPlan.whole(List.of(new Region(range(0, 4), mostlyClean)), true))
        .containsExactly(range(0, 4));
  }

  @Test
  void whereDirtyPagesAreUnknownNoneAreFoundToSpare() {
    Region unknown = new Region(range(0, 4), Residency.ofResident(4 * MIB));

    assertThat(EvictionPlan.whole(List.of(unknown), true)).containsExactly(range(0, 4));
  }

  @Test
  void aTrialTakesASixteenthEvenly() {
    assertThat(EvictionPlan.trial(List.of(range(0, 128), range(128, 128), range(260, 120))))
        .containsExactly(range(0, 8), range(128, 8), range(260, 4));
  }

  @Test
  void aTrialOfALargeFileTakesFewerPieces() {
    List<ByteRange> tebibytes = List.of(range(0, 6L << 20), range(6L << 20, 4L << 20));

    assertThat(EvictionPlan.trial(tebibytes))
        .hasSizeBetween(400, 520)
        .allMatch(piece -> piece.length() == 8 * MIB);
  }

  @Test
  void aTrialOfWhatItDoesNotReachTakesNothing() {
    assertThat(EvictionPlan.trial(List.of(range(8, 120)))).isEmpty();
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
