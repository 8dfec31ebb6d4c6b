package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static io.fadvised.pagecache.Measurement.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeFile;
import io.fadvised.linux.FakeKernel;
import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeasurementTest {
  private static final Duration SLICE = Duration.ofMillis(20);

  private static CacheFixture file(long sizeBytes) throws KernelException {
    return new CacheFixture(sizeBytes).costing(1000, 60);
  }

  // -- choice of the probe ------------------------------------------------------------------------

  @Test
  void cachestatMeasuresWithoutMincore() throws Exception {
    CacheFixture cache = file(GIB);
    cache.file.read(3 * WINDOW, PAGE);

    Measurement measurement = cache.measure(SLICE);
    measurement.regions();
    measurement.again();

    assertThat(measurement.probe()).isEqualTo("cachestat");
    assertThat(measurement.total().residentBytes()).isEqualTo(PAGE);
    assertThat(measurement.spent()).isZero();
    assertThat(cache.kernel.calls("mincore")).isEmpty();
  }

  @Test
  void overlayfsIsMeasuredByMincore() throws Exception {
    CacheFixture cache = file(GIB);
    cache.file.onOverlay().read(5 * WINDOW, WINDOW / 4);

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.probe()).isEqualTo("mincore");
    assertThat(measurement.total()).isEqualTo(Residency.ofResident(WINDOW / 4));
    assertThat(cache.kernel.calls("cachestat")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOSYS", "EPERM", "EOPNOTSUPP", "EIO"})
  void fileIsMeasuredByMincoreWhereCachestatIsRefused(Errno errno) throws Exception {
    CacheFixture cache = file(GIB);
    cache.file.read(0, MIB);
    cache.kernel.fail("cachestat", errno);

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.probe()).isEqualTo("mincore");
    assertThat(measurement.total()).isEqualTo(Residency.ofResident(MIB));
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EOPNOTSUPP"})
  void cachestatIsTriedForEachFileDespiteARefusal(Errno errno) throws Exception {
    CacheFixture cache = file(GIB);
    FakeFile other = cache.kernel.file("/b", new FileIdentity(8, 101), GIB);
    cache.kernel.fail("cachestat", other, errno);

    for (int round = 0; round < 2; round++) {
      assertThat(measure(cache, "/b").probe()).isEqualTo("mincore");
      assertThat(cache.measure(SLICE).probe()).isEqualTo("cachestat");
    }
  }

  private static Measurement measure(CacheFixture cache, String path)
      throws KernelException, UnmeasurableException {
    byte[] name = path.getBytes(StandardCharsets.ISO_8859_1);
    try (OpenFile located = cache.kernel.locate(name);
        OpenFile open = cache.kernel.openLocated(located)) {
      return Measurement.of(
          cache.kernel,
          open,
          cache.kernel.stat(open),
          cache.whole(),
          cache.memory,
          SLICE,
          () -> cache.nanos);
    }
  }

  @Test
  void failureOfMincoreIsPassedOn() throws Exception {
    CacheFixture cache = new CacheFixture(MIB).beforeCachestat();
    cache.kernel.fail("mincore", Errno.EIO);

    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> cache.measure(SLICE))
        .withMessage("mincore: input/output error (EIO)");
  }

  // -- permission to measure ----------------------------------------------------------------------

  @Test
  void otherUserMeasuresNothing() throws Exception {
    CacheFixture cache = file(MIB);
    cache.file.ownedBy(2000);
    cache.kernel.runAs(FakeKernel.USER);

    assertThatExceptionOfType(UnmeasurableException.class)
        .isThrownBy(() -> cache.measure(SLICE))
        .withMessageContaining("(user 2000)");
    assertThat(cache.kernel.calls("mincore")).isEmpty();
  }

  @Test
  void ownerAndUsersWithWriteAccessMeasure() throws Exception {
    CacheFixture cache = file(MIB);
    cache.file.read(0, PAGE).ownedBy(1000);
    cache.kernel.runAs(FakeKernel.USER);
    assertThat(cache.measure(SLICE).total().residentBytes()).isEqualTo(PAGE);

    cache.file.ownedBy(2000).writable(true);
    assertThat(cache.measure(SLICE).total().residentBytes()).isEqualTo(PAGE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fileOfAnUnmappedOwnerIsNotMeasuredByRoot(boolean cachestat) throws Exception {
    CacheFixture cache = file(MIB);
    cache.file.ownerUnmapped();
    if (!cachestat) {
      cache.beforeCachestat();
    }

    assertThatExceptionOfType(UnmeasurableException.class).isThrownBy(() -> cache.measure(SLICE));
  }

  // -- results of both ----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void regionsAreThePartsWithResidentPages(boolean cachestat) throws Exception {
    CacheFixture cache = fileBy(cachestat);
    cache.file.read(3 * WINDOW + 5 * PAGE, PAGE).read(6 * WINDOW - PAGE, 2 * PAGE);

    Measurement measurement = cache.measure(SLICE);

    assertThat(measurement.total().residentBytes()).isEqualTo(3 * PAGE);
    assertThat(measurement.total().isExact()).isTrue();
    assertThat(measurement.regions())
        .extracting(Region::range)
        .containsExactly(
            new ByteRange(3 * WINDOW, REGION),
            new ByteRange(6 * WINDOW - REGION, REGION),
            new ByteRange(6 * WINDOW, REGION));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyTheRangeIsMeasured(boolean cachestat) throws Exception {
    CacheFixture cache = fileBy(cachestat);
    cache.file.read(0, GIB);
    ByteRange range = new ByteRange(MIB, 2 * WINDOW);

    Measurement measurement = cache.measure(range, SLICE);

    assertThat(measurement.total().residentBytes()).isEqualTo(2 * WINDOW);
    assertThat(Region.ranges(measurement.regions()))
        .containsExactly(
            new ByteRange(MIB, WINDOW - MIB),
            new ByteRange(WINDOW, WINDOW),
            new ByteRange(2 * WINDOW, MIB));
    assertThat(cache.kernel.calls())
        .filteredOn(call -> call.length() > 0)
        .allMatch(call -> call.offset() >= MIB && call.offset() + call.length() <= range.end());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void emptyRangeTakesNoCall(boolean cachestat) throws Exception {
    CacheFixture cache = fileBy(cachestat);
    cache.file.read(0, GIB); // length 0 would be "to the end" to cachestat
    cache.kernel.forgetCalls();

    Measurement measurement = cache.measure(new ByteRange(0, 0), SLICE);

    assertThat(measurement.total().residentBytes()).isZero();
    assertThat(measurement.regions()).isEmpty();
    assertThat(cache.kernel.calls("cachestat")).isEmpty();
    assertThat(cache.kernel.calls("mincore")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void secondMeasurementCountsTheRemainingPages(boolean cachestat) throws Exception {
    CacheFixture cache = fileBy(cachestat);
    cache.file.read(0, 10 * MIB).map(10 * MIB, MIB);
    Measurement measurement = cache.measure(SLICE);
    assertThat(measurement.again()).isEqualTo(measurement.total());

    cache.kernel.adviseDontNeed(cache.open, 0, 0);

    assertThat(measurement.again().residentBytes()).isEqualTo(MIB);
    assertThat(measurement.total().residentBytes()).isEqualTo(11 * MIB);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void unlimitedSliceCountsTheLargestFile(boolean cachestat) throws Exception {
    CacheFixture cache = new CacheFixture(400 * GIB).costing(50_000_000, 1000);
    if (!cachestat) {
      cache.beforeCachestat();
    }
    cache.file.read(77 * GIB, PAGE).read(300 * GIB, GIB);

    assertThat(cache.measure(UNLIMITED).total().residentBytes()).isEqualTo(GIB + PAGE);
    assertThat(cache.measure(UNLIMITED).total().isExact()).isTrue();
  }

  private static CacheFixture fileBy(boolean cachestat) throws KernelException {
    CacheFixture cache = file(GIB);
    return cachestat ? cache : cache.beforeCachestat();
  }
}
