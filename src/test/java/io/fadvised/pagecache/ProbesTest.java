package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.linux.Errno;
import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ProbesTest {

  static Stream<Named<Function<Kernel, ResidencyProbe>>> both() {
    return Stream.of(
        Named.of("mincore", MincoreProbe::new), Named.of("cachestat", CachestatProbe::new));
  }

  @ParameterizedTest
  @MethodSource("both")
  void findsTheRegionsWithAnythingResident(Function<Kernel, ResidencyProbe> make)
      throws KernelException {
    CacheFixture cache = new CacheFixture(GIB);
    cache.file.read(3 * WINDOW + 5 * PAGE, PAGE).read(6 * WINDOW - PAGE, 2 * PAGE);

    ResidencyMap map = make.apply(cache.kernel).measure(cache.open, cache.whole());

    assertThat(map.total().residentBytes()).isEqualTo(3 * PAGE);
    assertThat(map.ranges())
        .containsExactly(
            new ByteRange(3 * WINDOW, REGION),
            new ByteRange(6 * WINDOW - REGION, REGION),
            new ByteRange(6 * WINDOW, REGION));
  }

  @ParameterizedTest
  @MethodSource("both")
  void looksOnlyAtTheRange(Function<Kernel, ResidencyProbe> make) throws KernelException {
    CacheFixture cache = new CacheFixture(GIB);
    cache.file.read(0, GIB);
    ByteRange range = new ByteRange(MIB, 2 * WINDOW);

    ResidencyMap map = make.apply(cache.kernel).measure(cache.open, range);

    assertThat(map.total().residentBytes()).isEqualTo(2 * WINDOW);
    assertThat(map.ranges())
        .containsExactly(
            new ByteRange(MIB, WINDOW - MIB),
            new ByteRange(WINDOW, WINDOW),
            new ByteRange(2 * WINDOW, MIB));
    assertThat(cache.kernel.calls())
        .allMatch(call -> call.offset() >= MIB && call.offset() + call.length() <= range.end());
  }

  @ParameterizedTest
  @MethodSource("both")
  void anEmptyRangeIsNotAskedFor(Function<Kernel, ResidencyProbe> make) throws KernelException {
    CacheFixture cache = new CacheFixture(GIB);
    cache.file.read(0, GIB); // length 0 would be "to the end" to cachestat

    ResidencyMap map = make.apply(cache.kernel).measure(cache.open, new ByteRange(0, 0));

    assertThat(map.total().residentBytes()).isZero();
    assertThat(map.ranges()).isEmpty();
    assertThat(cache.kernel.calls()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("both")
  void aFailureOfTheKernelIsPassedOn(Function<Kernel, ResidencyProbe> make) throws KernelException {
    CacheFixture cache = new CacheFixture(MIB);
    ResidencyProbe probe = make.apply(cache.kernel);
    cache.kernel.fail(probe.name(), Errno.EIO);

    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> probe.measure(cache.open, cache.whole()))
        .withMessage(probe.name() + ": input/output error (EIO)");
  }

  @Test
  void mincoreAsksWindowByWindowAndKnowsNothingOfDirtyPages() throws KernelException {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.write(0, PAGE);

    Residency total = new MincoreProbe(cache.kernel).measure(cache.open, cache.whole()).total();

    assertThat(total).isEqualTo(Residency.ofResident(PAGE));
    assertThat(cache.kernel.calls()).hasSize(3).allMatch(call -> call.length() == WINDOW);
  }

  @Test
  void cachestatTellsDirtyPagesFromThoseBeingWritten() throws KernelException {
    CacheFixture cache = new CacheFixture(MIB);
    cache.file.read(0, MIB).write(0, 3 * PAGE);
    cache.kernel.adviseDontNeed(cache.open, 0, PAGE);

    Residency total = new CachestatProbe(cache.kernel).measure(cache.open, cache.whole()).total();

    assertThat(total.residentBytes()).isEqualTo(MIB);
    assertThat(total.dirtyBytes()).hasValue(2 * PAGE);
    assertThat(total.writebackBytes()).hasValue(PAGE);
  }

  @Test
  void cachestatAsksOnceForEachFourGibibytesThatAreEmpty() throws KernelException {
    CacheFixture cache = new CacheFixture(1024 * GIB);

    new CachestatProbe(cache.kernel).measure(cache.open, cache.whole());

    assertThat(cache.kernel.calls()).hasSize(256).allMatch(call -> call.length() == 4 * GIB);
  }

  @Test
  void cachestatFindsOnePageInATebibyteByCutting() throws KernelException {
    CacheFixture cache = new CacheFixture(1024 * GIB);
    cache.file.read(777 * GIB, PAGE);

    ResidencyMap map = new CachestatProbe(cache.kernel).measure(cache.open, cache.whole());

    assertThat(map.ranges()).containsExactly(new ByteRange(777 * GIB, REGION));
    List<Call> calls = cache.kernel.calls();
    assertThat(calls.size()).isLessThanOrEqualTo(256 + 16 + 2 + 10); // 256 MiB, windows, and halves
  }

  @Test
  void ofMoreRegionsThanAreListedTheDensestAre() throws KernelException {
    CacheFixture cache = new CacheFixture(1024 * GIB);
    for (long at = 0; at < 1000 * GIB; at += WINDOW) {
      cache.file.read(at, PAGE);
    }
    cache.file.read(900 * GIB + 5 * REGION, REGION);

    ResidencyMap map = new CachestatProbe(cache.kernel).measure(cache.open, cache.whole());

    assertThat(map.total().residentBytes()).isEqualTo(8000 * PAGE + REGION);
    assertThat(map.regions()).hasSize(4096);
    assertThat(map.regions())
        .extracting(Region::range)
        .contains(new ByteRange(900 * GIB + 5 * REGION, REGION));
  }

  @Test
  void whatCachestatHasNoTimeToCountItEstimatesWithAnError() throws KernelException {
    CacheFixture cache = scattered();
    CachestatProbe probe = limited(cache);

    Residency total = probe.count(cache.open, cache.whole()).orElseThrow();

    assertThat(cache.nanos).isLessThan(22_000_000);
    assertThat(total.isExact()).isFalse();
    assertThat(total.dirtyBytes()).isPresent();
    assertThat(Math.abs(total.residentBytes() - cache.file.residentBytes()))
        .isLessThanOrEqualTo(total.errorBytes());
  }

  @Test
  void whatIsEstimatedIsAsDirtyAsWhatWasSeen() throws KernelException {
    CacheFixture cache = scattered();
    for (long at = 0; at < cache.whole().length(); at += 64 * GIB) {
      cache.file.write(at, GIB);
    }
    CachestatProbe probe = limited(cache);

    ResidencyMap map = probe.measure(cache.open, cache.whole());

    assertThat(map.regions())
        .filteredOn(region -> region.range().length() > REGION)
        .anyMatch(region -> region.residency().dirtyBytes().orElse(0) > 0);
  }

  @Test
  void ofAnEnormousFileNoMoreIsListedThanThereIsRoomFor() throws KernelException {
    long size = 64L << 40;
    CacheFixture cache = new CacheFixture(size);
    cache.kernel.before("cachestat", call -> cache.nanos += 5_000_000);
    for (long at = 0; at < size; at += GIB) {
      cache.file.read(at, 32 * MIB);
    }
    CachestatProbe probe = limited(cache);

    ResidencyMap map = probe.measure(cache.open, cache.whole());

    assertThat(map.total().isExact()).isFalse();
    assertThat(map.regions()).hasSizeBetween(1000, 6200);
  }

  @Test
  void afterAnEstimateWhatLeftIsSeenWhereItWasListed() throws KernelException {
    CacheFixture cache = scattered();
    CachestatProbe probe = limited(cache);
    ResidencyMap before = probe.measure(cache.open, cache.whole());
    assertThat(before.regions()).isNotEmpty();
    assertThat(probe.total(cache.open, cache.whole())).isEqualTo(before.total());

    before.ranges().forEach(range -> advise(cache, range));

    assertThat(probe.total(cache.open, cache.whole()).residentBytes()).isZero();
    assertThat(cache.file.residentBytes()).isZero();
    assertThat(before.ranges()).hasSizeLessThan(100);
  }

  @Test
  void muchThatIsNotLocatedInTimeIsListedWindowByWindow() throws KernelException {
    CacheFixture cache = new CacheFixture(4 * GIB);
    cache.file.read(0, 3 * GIB).write(GIB, PAGE);
    cache.kernel.before("cachestat", call -> cache.nanos += 25_000_000);
    CachestatProbe probe = limited(cache);

    ResidencyMap map = probe.measure(cache.open, cache.whole());

    assertThat(map.regions()).isNotEmpty().allMatch(region -> region.range().length() <= WINDOW);
    map.ranges().forEach(range -> advise(cache, range));
    assertThat(cache.file.residentBytes()).isEqualTo(PAGE);
  }

  @Test
  void toFindWhereIsNotWorthMoreThanToEvictItSoWindowsAreListedAsTheyAre() throws KernelException {
    CacheFixture cache = new CacheFixture(2 * GIB);
    for (long at = 0; at < 2 * GIB; at += MIB / 4) {
      cache.file.read(at, PAGE);
    }
    cache.kernel.before("cachestat", call -> cache.nanos += 1000 + call.length() / (MIB / 4) * 800);
    CachestatProbe probe = limited(cache);
    probe.count(cache.open, cache.whole());
    long counted = cache.nanos;

    ResidencyMap map = probe.measure(cache.open, cache.whole());

    assertThat(cache.nanos - counted).isLessThan(8_000_000);
    assertThat(map.regions()).hasSize(16).allMatch(region -> region.range().length() == WINDOW);
    map.ranges().forEach(range -> advise(cache, range));
    assertThat(cache.file.residentBytes()).isZero();
  }

  @Test
  void muchThatIsDenseIsCountedBecauseThatIsCheaperThanEvictingIt() throws KernelException {
    CacheFixture cache = new CacheFixture(128 * GIB);
    cache.file.read(0, 100 * GIB);
    cache.kernel.before(
        "cachestat", call -> cache.nanos += 1000 + (long) (1.8 * call.length() / PAGE));

    Residency total = limited(cache).count(cache.open, cache.whole()).orElseThrow();

    assertThat(total).isEqualTo(new Residency(100 * GIB, OptionalLong.of(0), OptionalLong.of(0)));
    assertThat(cache.nanos).isGreaterThan(20_000_000);
  }

  /** One page in every 4 MiB of 64 GiB, each of them at 2 µs. */
  private static CacheFixture scattered() throws KernelException {
    CacheFixture cache = new CacheFixture(64 * GIB);
    for (long at = 0; at < 64 * GIB; at += REGION) {
      cache.file.read(at, PAGE);
    }
    cache.kernel.before("cachestat", call -> cache.nanos += 1000 + 2000 * (call.length() / REGION));
    return cache;
  }

  private static CachestatProbe limited(CacheFixture cache) {
    return new CachestatProbe(cache.kernel, cache.look(Duration.ofMillis(20), new LookMemory(1)));
  }

  private static void advise(CacheFixture cache, ByteRange range) {
    try {
      cache.kernel.adviseDontNeed(cache.open, range.offset(), range.length());
    } catch (KernelException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsFullAndCleanIsToldInOne() throws KernelException {
    CacheFixture cache = new CacheFixture(3 * WINDOW);
    cache.file.read(0, 2 * WINDOW).write(WINDOW + REGION, PAGE);

    ResidencyMap map = new CachestatProbe(cache.kernel).measure(cache.open, cache.whole());

    assertThat(map.regions())
        .extracting(region -> region.range().length() / REGION)
        .containsExactly(32L, 1L, 1L, 2L, 4L, 8L, 16L);
    assertThat(map.regions())
        .filteredOn(region -> region.residency().dirtyBytes().orElseThrow() > 0)
        .containsExactly(
            new Region(
                new ByteRange(WINDOW + REGION, REGION),
                new Residency(REGION, OptionalLong.of(PAGE), OptionalLong.of(0))));
    assertThat(map.ranges())
        .containsExactly(new ByteRange(0, WINDOW), new ByteRange(WINDOW, WINDOW));
  }

  @Test
  void cachestatCutsARangeThatBeginsAndEndsAnywhere() throws KernelException {
    CacheFixture cache = new CacheFixture(10 * WINDOW);
    cache.file.read(0, 10 * WINDOW);
    for (long offset = PAGE; offset < 3 * WINDOW; offset += WINDOW / 2) {
      for (long length = PAGE; length < 4 * WINDOW; length += WINDOW / 3 / PAGE * PAGE) {
        ByteRange range = new ByteRange(offset, length);

        ResidencyMap map = new CachestatProbe(cache.kernel).measure(cache.open, range);

        ResidencyMap expected = new MincoreProbe(cache.kernel).measure(cache.open, range);
        assertThat(map.total().residentBytes()).isEqualTo(expected.total().residentBytes());
        assertThat(map.ranges()).isEqualTo(expected.ranges());
      }
    }
  }

  @Test
  void whereAdviceDrainsAFewRunsAreAdvisedAsTheyAreAndManyAsARegion() throws KernelException {
    CacheFixture cache = new CacheFixture(WINDOW);
    cache.kernel.drainingAtHoles();
    cache.file.read(PAGE, 2 * PAGE).read(MIB, MIB); // few
    for (int run = 0; run < 5; run++) { // too many
      cache.file.read(REGION + run * 10L * PAGE, PAGE);
    }
    cache.file.read(3 * REGION, 2 * REGION + PAGE); // across regions

    assertThat(new MincoreProbe(cache.kernel).measure(cache.open, cache.whole()).ranges())
        .containsExactly(
            new ByteRange(PAGE, 2 * PAGE),
            new ByteRange(MIB, MIB),
            new ByteRange(REGION, REGION),
            new ByteRange(3 * REGION, 2 * REGION + PAGE));
  }
}
