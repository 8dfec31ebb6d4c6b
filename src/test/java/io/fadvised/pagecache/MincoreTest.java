package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A kernel without cachestat, with mincore at 1 µs a call and 60 ns a page. */
class MincoreTest {
  private static final long TIB = 1024 * GIB;
  private static final Duration SLICE = Duration.ofMillis(20);

  private static CacheFixture file(long sizeBytes) throws KernelException {
    return new CacheFixture(sizeBytes).costing(1000, 60).beforeCachestat();
  }

  @Test
  void fileIsCountedWindowByWindow() throws Exception {
    CacheFixture cache = file(3 * WINDOW);
    cache.file.write(0, PAGE);

    assertThat(cache.measure(SLICE).total()).isEqualTo(Residency.ofResident(PAGE));
    assertThat(cache.kernel.calls("mincore")).hasSize(3).allMatch(call -> call.length() == WINDOW);
  }

  @Test
  void smallFileIsCountedAfterSlowCalls() throws Exception {
    CacheFixture cache = file(64 * MIB);
    cache.file.read(0, 64 * MIB);
    for (int slow = 1; slow <= 10_000; slow *= 10) { // a cold JVM; preempted for 0.6 s
      cache.costing(1000L * slow, 60.0 * slow).beforeCachestat();

      assertThat(cache.measure(SLICE).total()).isEqualTo(Residency.ofResident(64 * MIB));
    }
  }

  @Test
  void emptyFileIsCountedAsEmptyUnderLoad() throws Exception {
    CacheFixture cache = file(100 * MIB);
    cache.costing(500_000_000, 60).beforeCachestat();

    assertThat(cache.measure(SLICE).total()).isEqualTo(Residency.ofResident(0));
  }

  @Test
  void sparseFileThatFitsIsCountedWithItsHoles() throws Exception {
    CacheFixture cache = file(200 * MIB);
    cache.file.sparse().read(100 * MIB, MIB);

    assertThat(cache.measure(SLICE).total()).isEqualTo(Residency.ofResident(MIB));
    assertThat(cache.nanos).isLessThan(4_000_000);
  }

  @Test
  void fileLargerThanTheSliceIsEstimated() throws Exception {
    long fits = SLICE.toNanos() / 60 * PAGE;

    assertThat(file(fits).measure(SLICE).total().isExact()).isTrue();
    assertThat(file(fits + PAGE).measure(SLICE).total().isExact()).isFalse();
  }

  @Test
  void dataThatFitsIsCountedAndHolesAreSampled() throws Exception {
    CacheFixture cache = file(TIB);
    cache.file.sparse().allocate(100 * GIB + MIB, 512 * MIB).read(100 * GIB + MIB, 256 * MIB);

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.total().residentBytes()).isEqualTo(256 * MIB);
    assertThat(measurement.total().unmeasuredBytes()).isEqualTo(TIB - 512 * MIB - REGION);
    assertThat(measurement.total().errorBytes()).isBetween(1L, 5 * GIB);
    assertThat(Region.ranges(measurement.regions()))
        .containsExactly(
            new ByteRange(100 * GIB, WINDOW),
            new ByteRange(100 * GIB + WINDOW, WINDOW),
            new ByteRange(100 * GIB + 2 * WINDOW, REGION));
    assertThat(measurement.spent()).isEqualTo(Duration.ofNanos(cache.nanos));
    assertThat(measurement.spent()).isLessThan(SLICE);
  }

  @Test
  void dataNotCountedInTimeIsSampledSeparatelyFromHoles() throws Exception {
    CacheFixture cache = file(TIB);
    cache.costing(1000, 600).beforeCachestat();
    cache.file.sparse().allocate(100 * GIB, GIB).read(100 * GIB, GIB);

    Residency total = cache.measure(SLICE).total();

    assertThat(cache.nanos).isLessThan(42_000_000); // one window takes 20 ms
    assertThat(total.unmeasuredBytes()).isEqualTo(TIB - WINDOW);
    assertThat(total.residentBytes()).isEqualTo(GIB);
  }

  @Test
  void dataIsFoundToTheLastPageOfTheFile() throws Exception {
    CacheFixture cache = file(TIB);
    cache.file.sparse();
    for (long at = 8 * GIB - PAGE; at < TIB; at += 8 * GIB) {
      cache.file.allocate(at, PAGE).read(at, PAGE);
    }

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.regions()).hasSize(128);
    assertThat(measurement.total().residentBytes()).isEqualTo(128 * PAGE);
  }

  @Test
  void fileWithoutSeekDataIsSampledWhole() throws Exception {
    CacheFixture cache = file(TIB);
    cache.kernel.withoutSeekingData();
    cache.file.sparse().allocate(0, GIB / 4).read(0, GIB / 4);

    assertThat(cache.measure(SLICE).total().unmeasuredBytes()).isEqualTo(TIB);
    assertThat(cache.kernel.calls("lseek")).isEmpty();
  }

  @Test
  void dataThatDoesNotFitTakesFewSeekDataCalls() throws Exception {
    CacheFixture cache = file(TIB);

    assertThat(cache.measure(SLICE).total().unmeasuredBytes()).isEqualTo(TIB);
    assertThat(cache.kernel.calls("lseek")).hasSizeLessThan(330);
    assertThat(cache.nanos).isLessThan(21_000_000);
  }

  @Test
  void pagesReadFromAHoleAreEstimatedAtOnce() throws Exception {
    CacheFixture cache = file(24 * GIB);
    cache.file.sparse().allocate(0, GIB / 2).read(10 * GIB, 4 * GIB);

    Measurement measurement = cache.measure(SLICE);

    assertThat(Math.abs(measurement.total().residentBytes() - 4 * GIB))
        .isLessThanOrEqualTo(measurement.total().errorBytes());
    assertThat(measurement.regions()).hasSizeGreaterThan(20);
  }

  @Test
  void fewPagesReadFromAHoleAreFoundOverTime() throws Exception {
    CacheFixture cache = file(24 * GIB);
    cache.file.sparse().allocate(0, GIB / 2).read(20 * GIB, 64 << 10);
    int measurements = 1;

    while (cache.measure(SLICE).regions().isEmpty() && measurements < 1000) {
      measurements++;
    }

    assertThat(measurements).isBetween(2, 700);
  }

  @Test
  void estimatedPartIsEvictedInWholeWindows() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 20 * GIB);
    Measurement measurement = cache.measure(SLICE);
    List<ByteRange> ranges = Region.ranges(measurement.regions());
    assertThat(ranges).hasSize(160).allMatch(range -> range.length() == WINDOW);

    for (ByteRange range : ranges) {
      cache.kernel.adviseDontNeed(cache.open, range.offset(), range.length());
    }

    assertThat(measurement.again().residentBytes()).isZero();
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void secondMeasurementCountsResidentRegionsOnly() throws Exception {
    CacheFixture cache = file(8 * WINDOW);
    cache.file.read(3 * WINDOW, PAGE);
    Measurement measurement = cache.measure(SLICE);
    cache.kernel.forgetCalls();

    measurement.again();

    assertThat(cache.kernel.calls("mincore"))
        .extracting(Call::offset, Call::length)
        .containsExactly(tuple(3 * WINDOW, REGION));
  }
}
