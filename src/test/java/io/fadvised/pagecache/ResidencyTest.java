package io.fadvised.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ResidencyTest {
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
  void neighboursAreAdvisedTogetherButNotBeyondTheirWindow() {
    long window = ResidencyProbe.WINDOW_BYTES;
    ResidencyMap map =
        new ResidencyMap(
            KNOWN,
            List.of(
                region(0, 4),
                region(4, 4),
                region(12, 4),
                region(window - 4, 4),
                region(window, 4)));

    assertThat(map.ranges())
        .containsExactly(
            new ByteRange(0, 8),
            new ByteRange(12, 4),
            new ByteRange(window - 4, 4),
            new ByteRange(window, 4));
  }

  private static Region region(long offset, long length) {
    return new Region(new ByteRange(offset, length), KNOWN);
  }
}
