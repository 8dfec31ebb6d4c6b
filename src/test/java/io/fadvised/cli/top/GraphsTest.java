package io.fadvised.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GraphsTest {
  private final Graphs ascii = new Graphs(false);
  private final Graphs unicode = new Graphs(true);

  @Test
  void barIsAsFullAsItsShare() {
    assertThat(ascii.bar(0, 4)).isEqualTo("----");
    assertThat(ascii.bar(0.5, 4)).isEqualTo("##--");
    assertThat(unicode.bar(1, 4)).isEqualTo("████");
  }

  @Test
  void shareAboveOneFillsTheBar() {
    assertThat(ascii.bar(7, 3)).isEqualTo("###");
    assertThat(ascii.bar(-1, 3)).isEqualTo("---");
  }

  @Test
  void sparklineIsAlignedRightAndItsMaximumIsFull() {
    assertThat(unicode.sparkline(List.of(0L, 50L, 100L), 5)).isEqualTo("  ▁▄█");
    assertThat(ascii.sparkline(List.of(0L, 100L), 2)).isEqualTo(".#");
  }

  @Test
  void sparklineShowsTheLastValues() {
    assertThat(unicode.sparkline(List.of(900L, 1L, 1L), 2)).isEqualTo("██");
  }

  @Test
  void sparklineOfZerosIsFlat() {
    assertThat(unicode.sparkline(List.of(0L, 0L), 3)).isEqualTo(" ▁▁");
    assertThat(unicode.sparkline(List.of(), 3)).isEqualTo("   ");
  }
}
