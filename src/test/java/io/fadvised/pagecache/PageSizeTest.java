package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Measures and evicts with the sizes that pages have on arm64. */
class PageSizeTest {
  private static final Duration SLICE = Duration.ofMillis(20);

  /** Reads a page at the start, one in the middle, and 3 MiB before the end. */
  private static CacheFixture scattered(int pageBytes, long size) throws Exception {
    CacheFixture cache = new CacheFixture(size, pageBytes);
    cache.file.read(0, pageBytes).read(size / 2, 1).read(size - 3 * MIB, 3 * MIB);
    return cache;
  }

  private static void evict(CacheFixture cache, Measurement measured) throws Exception {
    Evictor evictor =
        new Evictor(cache.kernel, pause -> {}, () -> 0, (bytes, took) -> Duration.ZERO);
    List<ByteRange> parts = Region.ranges(measured.regions());
    evictor.evict(cache.open, measured, parts, cache.whole(), SLICE, () -> true);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 16384, 65536})
  void pagesAreCountedByCachestatAndEvicted(int pageBytes) throws Exception {
    CacheFixture cache = scattered(pageBytes, 6 * GIB);

    Measurement measured = cache.measure(SLICE);
    evict(cache, measured);

    assertThat(measured.probe()).isEqualTo("cachestat");
    assertThat(measured.total().residentBytes()).isEqualTo(3 * MIB + 2L * pageBytes);
    assertThat(cache.file.residentBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 16384, 65536})
  void pagesAreCountedByMincoreAndEvicted(int pageBytes) throws Exception {
    CacheFixture cache = scattered(pageBytes, GIB).beforeCachestat();

    Measurement measured = cache.measure(SLICE);
    evict(cache, measured);

    assertThat(measured.probe()).isEqualTo("mincore");
    assertThat(measured.total().residentBytes()).isEqualTo(3 * MIB + 2L * pageBytes);
    assertThat(cache.file.residentBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 16384, 65536})
  void estimateOfAFullFileIsItsLength(int pageBytes) throws Exception {
    CacheFixture cache = new CacheFixture(200 * GIB, pageBytes).beforeCachestat();
    cache.file.read(0, 200 * GIB);

    Residency total = cache.measure(Duration.ofMillis(1)).total();

    assertThat(total.residentBytes()).isBetween(190 * GIB, 200 * GIB);
  }
}
