package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidencyScanTest {
  @Test
  void cellsCoverARangeInWholePages() {
    assertThat(ResidencyScan.cells(new ByteRange(0, 10 * PAGE), 100, (int) PAGE))
        .hasSize(10)
        .allMatch(cell -> cell.length() == PAGE);
    assertThat(ResidencyScan.cells(new ByteRange(PAGE, GIB), 480, (int) PAGE))
        .hasSizeLessThanOrEqualTo(480)
        .allMatch(cell -> cell.offset() % PAGE == 0)
        .allMatch(cell -> Long.bitCount(cell.length()) == 1)
        .satisfies(
            cells -> {
              assertThat(cells.get(0).offset()).isEqualTo(PAGE);
              assertThat(cells.get(cells.size() - 1).end()).isEqualTo(PAGE + GIB);
            });
    assertThat(ResidencyScan.cells(new ByteRange(0, 0), 480, (int) PAGE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eachCellIsCountedByEitherProbe(boolean cachestat) throws Exception {
    CacheFixture cache = new CacheFixture(100 * MIB);
    cache.file.read(10 * MIB, 5 * MIB);
    if (!cachestat) {
      cache.beforeCachestat();
    }
    List<Long> progress = new ArrayList<>();

    ResidencyScan scan =
        ResidencyScan.of(
            cache.kernel,
            cache.open,
            cache.stat(),
            cache.whole(),
            10,
            (bytes, all) -> progress.add(bytes));

    assertThat(scan.probe()).isEqualTo(cachestat ? "cachestat" : "mincore");
    assertThat(scan.cells())
        .extracting(cell -> cell.residency().residentBytes())
        .as("16 MiB each")
        .containsExactly(5 * MIB, 0L, 0L, 0L, 0L, 0L, 0L);
    assertThat(progress).hasSize(7).endsWith(100 * MIB);
  }
}
