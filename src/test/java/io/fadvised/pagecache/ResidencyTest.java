package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResidencyTest {
  private static final long WINDOW = ResidencyProbe.WINDOW_BYTES;
  private static final Residency KNOWN =
      new Residency(100, OptionalLong.of(30), OptionalLong.of(7));

  @Test
  void aSumAddsWhatBothKnow() {
    assertThat(KNOWN.plus(KNOWN))
        .isEqualTo(new Residency(200, OptionalLong.of(60), OptionalLong.of(14)));
    assertThat(Residency.NONE.plus(KNOWN)).isEqualTo(KNOWN);
  }

  @Test
  void whatOneDoesNotKnowTheSumDoesNotKnow() {
    Residency sum = KNOWN.plus(Residency.ofResident(1));

    assertThat(sum).isEqualTo(Residency.ofResident(101));
    assertThat(Residency.ofResident(1).plus(KNOWN)).isEqualTo(sum);
  }

  @Test
  void aMapKeepsItsRegionsForItself() {
    List<Region> regions = new ArrayList<>(List.of(new Region(new ByteRange(0, 1), KNOWN)));
    ResidencyMap map = new ResidencyMap(KNOWN, regions);
    regions.clear();

    assertThat(map.regions()).hasSize(1);
  }

  @Test
  void whereMincoreMeasuresOnlyNeighboursAreAdvisedTogether() {
    assertThat(ranges(Residency.ofResident(1)))
        .containsExactly(
            new ByteRange(0, 8),
            new ByteRange(12, 4),
            new ByteRange(WINDOW - 4, 4),
            new ByteRange(WINDOW, 4));
  }

  @Test
  void whereCachestatMeasuresAWindowIsAdvisedTogether() {
    assertThat(ranges(KNOWN)).containsExactly(new ByteRange(0, WINDOW), new ByteRange(WINDOW, 4));
  }

  private static List<ByteRange> ranges(Residency residency) {
    return ResidencyMap.rangesOf(
        LongStream.of(0, 4, 12, WINDOW - 4, WINDOW)
            .mapToObj(offset -> new Region(new ByteRange(offset, 4), residency))
            .toList());
  }
}
