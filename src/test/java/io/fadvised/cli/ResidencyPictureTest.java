package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.Residency;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResidencyPictureTest {
  private static final long CELL = 1 << 20;

  private static Region cell(long index, long residentBytes, long dirtyBytes) {
    return new Region(
        new ByteRange(index * CELL, CELL),
        new Residency(residentBytes, OptionalLong.of(dirtyBytes), OptionalLong.of(0)));
  }

  @Test
  void characterShowsTheResidentPartOfACell() {
    List<Region> cells =
        List.of(
            cell(0, 0, 0),
            cell(1, 4096, 0),
            cell(2, CELL / 2, 0),
            cell(3, CELL, 0),
            cell(4, CELL, CELL),
            cell(5, CELL, CELL / 2));

    assertThat(new ResidencyPicture(80).lines(cells)).containsExactly("      0 MiB [ .oODO]");
  }

  @Test
  void rowsFitTheWidthAndStartWithTheirOffset() {
    List<Region> cells = LongStream.range(0, 70).mapToObj(i -> cell(i, CELL, 0)).toList();

    List<String> lines = new ResidencyPicture(80).lines(cells);

    assertThat(lines).hasSize(2).allMatch(line -> line.length() <= 80);
    assertThat(lines.get(1)).startsWith("     64 MiB [OOOOOO]");
  }

  @Test
  void offsetsAreNotRounded() {
    List<Region> cells = LongStream.range(0, 400).mapToObj(i -> cell(4 * i, 0, 0)).toList();

    assertThat(new ResidencyPicture(80).lines(cells))
        .extracting(line -> line.replaceFirst(" \\[.*", "").strip())
        .containsExactly(
            "0 MiB", "256 MiB", "512 MiB", "768 MiB", "1024 MiB", "1280 MiB", "1536 MiB");
  }

  @Test
  void emptyFileHasNoRows() {
    assertThat(new ResidencyPicture(80).lines(List.of())).isEmpty();
  }
}
