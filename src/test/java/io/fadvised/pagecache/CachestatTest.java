package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CachestatTest {
  private static final long TIB = 1024 * GIB;
  private static final Duration SLICE = Duration.ofMillis(20);

  // -- counting -----------------------------------------------------------------------------------

  @Test
  void dirtyPagesAndThoseBeingWrittenAreCountedApart() throws Exception {
    CacheFixture cache = new CacheFixture(MIB);
    cache.file.read(0, MIB).write(0, 3 * PAGE);
    cache.kernel.adviseDontNeed(cache.open, 0, PAGE);

    assertThat(cache.measure(SLICE).total())
        .isEqualTo(new Residency(MIB, OptionalLong.of(2 * PAGE), OptionalLong.of(PAGE)));
  }

  @Test
  void emptyFileTakesOneCallForEachFourGibibytes() throws Exception {
    CacheFixture cache = new CacheFixture(TIB);

    assertThat(cache.measure(SLICE).total()).isEqualTo(Residency.NONE);
    assertThat(cache.kernel.calls("cachestat"))
        .hasSize(256)
        .allMatch(call -> call.length() == 4 * GIB);
  }

  @Test
  void almostEmptyFileIsCountedDespiteSlowCalls() throws Exception {
    CacheFixture cache = new CacheFixture(TIB).costing(500_000_000, 60);
    cache.file.read(10 * GIB, 8 * MIB);

    assertThat(cache.measure(SLICE).total())
        .isEqualTo(new Residency(8 * MIB, OptionalLong.of(0), OptionalLong.of(0)));
  }

  @Test
  void denseFileIsCountedBeyondTheSlice() throws Exception {
    CacheFixture cache = new CacheFixture(128 * GIB);
    cache.file.read(0, 100 * GIB);
    cache.kernel.before(
        "cachestat", call -> cache.nanos += 1000 + (long) (1.8 * call.length() / PAGE));

    assertThat(cache.measure(SLICE).total())
        .isEqualTo(new Residency(100 * GIB, OptionalLong.of(0), OptionalLong.of(0)));
    assertThat(cache.nanos).isGreaterThan(20_000_000);
  }

  @Test
  void scatteredPagesAreEstimatedAfterTheSlice() throws Exception {
    CacheFixture cache = scattered();

    Measurement measurement = cache.measure(SLICE);
    Residency total = measurement.total();

    assertThat(cache.nanos).isLessThan(23_000_000);
    assertThat(total.isExact()).isFalse();
    assertThat(total.dirtyBytes()).hasValue(0);
    assertThat(Math.abs(total.residentBytes() - cache.file.residentBytes()))
        .isLessThanOrEqualTo(total.errorBytes());
    assertThat(measurement.spent()).isBetween(Duration.ofMillis(2), Duration.ofMillis(13));
  }

  @Test
  void secondEstimateIsLowerAfterAnEviction() throws Exception {
    CacheFixture cache = scattered();
    Measurement measurement = cache.measure(SLICE);
    assertThat(measurement.again()).isEqualTo(measurement.total());

    adviseAll(cache, new ByteRange(0, 256 * GIB));

    assertThat(measurement.again().residentBytes()).isZero();
  }

  /** Makes one resident page in every 4 MiB of 256 GiB, each at 0.8 µs. */
  private static CacheFixture scattered() throws KernelException {
    CacheFixture cache = new CacheFixture(256 * GIB).costing(1000, 60);
    for (long at = 0; at < 256 * GIB; at += REGION) {
      cache.file.read(at, PAGE);
    }
    cache.kernel.before("cachestat", call -> cache.nanos += 1000 + 800 * (call.length() / REGION));
    return cache;
  }

  // -- locating -----------------------------------------------------------------------------------

  @Test
  void onePageInATebibyteIsLocatedInFewCalls() throws Exception {
    CacheFixture cache = new CacheFixture(TIB);
    cache.file.read(777 * GIB, PAGE);

    List<Region> regions = cache.measure(SLICE).regions();

    assertThat(regions).extracting(Region::range).containsExactly(new ByteRange(777 * GIB, REGION));
    assertThat(cache.kernel.calls("cachestat").size())
        .isLessThanOrEqualTo(256 + 16 + 2 + 10); // parts, pieces of one, windows, and halves
  }

  @Test
  void fewPagesAreLocatedDespiteSlowCalls() throws Exception {
    CacheFixture cache = new CacheFixture(10 * WINDOW).costing(500_000_000, 60);
    cache.file.read(0, PAGE).read(5 * WINDOW + REGION, PAGE);

    assertThat(cache.measure(SLICE).regions())
        .extracting(Region::range)
        .containsExactly(new ByteRange(0, REGION), new ByteRange(5 * WINDOW + REGION, REGION));
  }

  @Test
  void fullAndCleanWindowIsOneRegion() throws Exception {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.read(0, 2 * WINDOW).write(WINDOW + REGION, PAGE);

    List<Region> regions = cache.measure(SLICE).regions();

    assertThat(regions)
        .extracting(region -> region.range().length() / REGION)
        .containsExactly(32L, 1L, 1L, 2L, 4L, 8L, 16L);
    assertThat(regions)
        .filteredOn(region -> region.residency().dirtyBytes().orElseThrow() > 0)
        .containsExactly(
            new Region(
                new ByteRange(WINDOW + REGION, REGION),
                new Residency(REGION, OptionalLong.of(PAGE), OptionalLong.of(0))));
  }

  @Test
  void unalignedRangeIsLocatedAsByMincore() throws Exception {
    CacheFixture cache = new CacheFixture(10 * WINDOW);
    CacheFixture older = new CacheFixture(10 * WINDOW).beforeCachestat();
    cache.file.read(0, 10 * WINDOW);
    older.file.read(0, 10 * WINDOW);
    for (long offset = PAGE; offset < 3 * WINDOW; offset += WINDOW / 2) {
      for (long length = PAGE; length < 4 * WINDOW; length += WINDOW / 3 / PAGE * PAGE) {
        ByteRange range = new ByteRange(offset, length);

        Measurement measurement = cache.measure(range, SLICE);

        assertThat(measurement.total().residentBytes()).isEqualTo(length);
        assertThat(Region.ranges(measurement.regions()))
            .isEqualTo(Region.ranges(older.measure(range, SLICE).regions()));
      }
    }
  }

  @Test
  void manyRegionsAreListedCompletelyInLargerParts() throws Exception {
    CacheFixture cache = new CacheFixture(TIB);
    for (long at = 0; at < 1000 * GIB; at += WINDOW) {
      cache.file.read(at, PAGE);
    }

    Measurement measurement = cache.measure(Measurement.UNLIMITED);

    assertThat(measurement.total().residentBytes()).isEqualTo(8000 * PAGE);
    assertThat(measurement.regions()).hasSizeBetween(4096, 4400);
    adviseAll(cache, Region.ranges(measurement.regions()));
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void partNotLocatedInTimeIsAdvisedWindowByWindow() throws Exception {
    CacheFixture cache = new CacheFixture(4 * GIB);
    cache.file.read(0, 3 * GIB).write(GIB, PAGE);
    cache.kernel.before("cachestat", call -> cache.nanos += 25_000_000);

    List<Region> regions = cache.measure(SLICE).regions();

    assertThat(regions)
        .hasSizeBetween(24, 32)
        .allMatch(region -> region.range().length() <= 2 * WINDOW);
    adviseAll(cache, Region.ranges(regions));
    assertThat(cache.file.residentBytes()).isEqualTo(PAGE);
  }

  @Test
  void locatingTakesNoLongerThanEvictingWould() throws Exception {
    CacheFixture cache = new CacheFixture(2 * GIB);
    for (long at = 0; at < 2 * GIB; at += MIB / 4) {
      cache.file.read(at, PAGE);
    }
    cache.kernel.before("cachestat", call -> cache.nanos += 1000 + call.length() / (MIB / 4) * 800);
    Measurement measurement = cache.measure(SLICE);
    long counted = cache.nanos;

    List<Region> regions = measurement.regions();

    assertThat(cache.nanos - counted).isLessThan(9_000_000);
    adviseAll(cache, Region.ranges(regions));
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void enormousFileIsListedInAtMostOnePartPerResidentWindow() throws Exception {
    long size = 8L << 40;
    CacheFixture cache = new CacheFixture(size).costing(1000, 60);
    cache.kernel.before("cachestat", call -> cache.nanos += 5_000_000);
    for (long at = 0; at < size; at += GIB) {
      cache.file.read(at, 32 * MIB);
    }

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.total().isExact()).isFalse();
    assertThat(measurement.regions()).hasSizeBetween(100, 8200);
  }

  private static void adviseAll(CacheFixture cache, List<ByteRange> ranges) throws KernelException {
    for (ByteRange range : ranges) {
      adviseAll(cache, range);
    }
  }

  private static void adviseAll(CacheFixture cache, ByteRange range) throws KernelException {
    cache.kernel.adviseDontNeed(cache.open, range.offset(), range.length());
  }
}
