package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With mincore at 1 µs a call and 60 ns a page. */
class EstimateTest {
  private static final long TIB = 1L << 40;

  private static Residency estimate(int pieces, int resident, double share) {
    double[] shares = new double[resident];
    Arrays.fill(shares, share);
    return Estimate.residency(TIB, pieces, shares);
  }

  private static Estimate estimate(CacheFixture cache, List<ByteRange> ranges, long millis)
      throws KernelException {
    return new Estimate(
        cache.kernel,
        cache.open,
        ranges,
        new SplittableRandom(7),
        millis * 1_000_000,
        () -> cache.nanos);
  }

  private static CacheFixture file(long sizeBytes) throws KernelException {
    return new CacheFixture(sizeBytes).costing(1000, 60);
  }

  @Test
  void emptyPiecesLeaveAnError() {
    assertThat(estimate(1000, 0, 0).residentBytes()).isZero();
    assertThat(estimate(1000, 0, 0).errorBytes()).isBetween(3 * TIB / 1000, 5 * TIB / 1000);
    assertThat(estimate(1000, 1000, 1).residentBytes()).isEqualTo(TIB);
    assertThat(estimate(1000, 1000, 1).errorBytes()).isBetween(3 * TIB / 1000, 5 * TIB / 1000);
  }

  @Test
  void errorShrinksWithTheRootOfThePieces() {
    double ofMany = estimate(10_000, 5000, 1).errorBytes() / (double) TIB;
    double ofFew = estimate(100, 50, 1).errorBytes() / (double) TIB;

    assertThat(ofMany).isCloseTo(0.01, within(0.0005)); // 2 * sqrt(1/4 / 10,000)
    assertThat(ofFew).isCloseTo(0.1, within(0.005));
  }

  @Test
  void estimateIsNotExactAndHasNoDirtyPages() {
    Residency residency = estimate(1000, 1000, 0.25);

    assertThat(residency.residentBytes()).isEqualTo(TIB / 4);
    assertThat(residency.unmeasuredBytes()).isEqualTo(TIB);
    assertThat(residency.isExact()).isFalse();
    assertThat(residency.dirtyBytes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // pieces, part of the file that has anything resident, resident share there
    "64, 0.001, 1",
    "64, 0.01, 1",
    "64, 0.05, 1",
    "64, 0.5, 1",
    "64, 0.97, 1",
    "64, 1, 0.0625",
    "64, 0.03, 0.0625",
    "500, 0.0005, 1",
    "500, 0.004, 1",
    "500, 0.02, 0.5",
    "500, 0.3, 1",
    "500, 0.999, 1",
    "5000, 0.0002, 1",
    "5000, 0.001, 0.0625",
    "5000, 0.1, 1",
  })
  void errorHoldsAtLeastAsOftenAsPromised(int pieces, double part, double share) {
    SplittableRandom random = new SplittableRandom(pieces);
    int cases = 3000;
    int held = 0;
    for (int i = 0; i < cases; i++) {
      int resident = (int) random.doubles(pieces).filter(drawn -> drawn < part).count();
      Residency estimate = estimate(pieces, resident, share);
      long truth = (long) (part * share * TIB);
      held += Math.abs(estimate.residentBytes() - truth) <= estimate.errorBytes() ? 1 : 0;
    }
    assertThat(100.0 * held / cases).isGreaterThanOrEqualTo(Estimate.PROMISED_PERCENT - 0.8);
  }

  @Test
  void emptyListOfRangesTakesNoCall() throws Exception {
    CacheFixture cache = file(GIB);

    Estimate estimate = estimate(cache, List.of(), 20);

    assertThat(estimate.residency()).isEqualTo(Residency.ofResident(0));
    assertThat(estimate.again()).isEqualTo(Residency.ofResident(0));
    assertThat(estimate.regions()).isEmpty();
    assertThat(cache.kernel.calls("mincore")).isEmpty();
  }

  @Test
  void piecesAreDrawnFromTheRangesOnly() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(0, 50 * GIB).read(60 * GIB, 140 * GIB);
    List<ByteRange> ranges =
        List.of(new ByteRange(50 * GIB, 5 * GIB), new ByteRange(58 * GIB, 2 * GIB));

    Estimate estimate = estimate(cache, ranges, 20);

    assertThat(estimate.residency().residentBytes()).isZero();
    assertThat(estimate.residency().unmeasuredBytes()).isEqualTo(7 * GIB);
    cache.file.read(50 * GIB, 5 * GIB);
    Residency ofBoth = estimate(cache, ranges, 20).residency();
    assertThat(Math.abs(ofBoth.residentBytes() - 5 * GIB)).isLessThanOrEqualTo(ofBoth.errorBytes());
  }

  @Test
  void windowsOfResidentPiecesAreRegionsWithinTheirRange() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 4 * GIB);
    ByteRange inside = new ByteRange(31 * GIB + MIB, 2 * GIB);

    List<Region> regions = estimate(cache, List.of(inside), 20).regions();

    assertThat(regions)
        .isSortedAccordingTo((a, b) -> Long.compare(a.range().offset(), b.range().offset()))
        .hasSize(17);
    assertThat(regions.get(0).range()).isEqualTo(new ByteRange(inside.offset(), WINDOW - MIB));
    assertThat(regions.get(16).range()).isEqualTo(new ByteRange(33 * GIB, MIB));
    assertThat(regions.stream().mapToLong(region -> region.residency().residentBytes()).sum())
        .isBetween(GIB, 2 * GIB);
  }

  @Test
  void almostEmptyRangeTakesHalfOfTheTime() throws Exception {
    CacheFixture empty = file(200 * GIB);
    estimate(empty, List.of(empty.whole()), 20);
    CacheFixture full = file(200 * GIB);
    full.file.read(0, 100 * GIB);
    estimate(full, List.of(full.whole()), 20);

    assertThat(empty.nanos).isBetween(10_000_000L, 10_500_000L);
    assertThat(full.nanos).isBetween(20_000_000L, 20_500_000L);
  }

  @Test
  void secondEstimateMeasuresResidentPiecesOnly() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 20 * GIB).map(30 * GIB, 5 * GIB);
    Estimate estimate = estimate(cache, List.of(cache.whole()), 20);
    cache.kernel.forgetCalls();

    assertThat(estimate.again()).isEqualTo(estimate.residency());
    cache.kernel.adviseDontNeed(cache.open, 0, 0);
    Residency after = estimate.again();

    assertThat(Math.abs(after.residentBytes() - 5 * GIB)).isLessThanOrEqualTo(after.errorBytes());
    assertThat(after.errorBytes()).isLessThan(estimate.residency().errorBytes());
    assertThat(cache.kernel.calls("mincore"))
        .extracting(Call::offset)
        .allMatch(offset -> offset >= 30 * GIB && offset < 50 * GIB);
  }

  @Test
  void errorAndTimeHoldForAllKindsOfFiles() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    int files = 400;
    int held = 0;
    for (int i = 0; i < files; i++) {
      CacheFixture cache = randomFile(random, 32 * GIB);
      Duration slice = Duration.ofMillis(3 + random.nextInt(20));
      Residency total = cache.measure(slice).total();
      assertThat(total.unmeasuredBytes()).isPositive();
      assertThat(cache.nanos).isLessThan(slice.toNanos() * 9 / 8 + 1_000_000);
      long off = Math.abs(total.residentBytes() - cache.file.residentBytes());
      held += off <= total.errorBytes() ? 1 : 0;
    }
    assertThat(100.0 * held / files).isGreaterThanOrEqualTo(Estimate.PROMISED_PERCENT);
  }

  /** Makes resident pages in one piece, in several, in many, or page by page, among holes. */
  private static CacheFixture randomFile(SplittableRandom random, long size)
      throws KernelException {
    CacheFixture cache = file(size).beforeCachestat();
    if (random.nextBoolean()) {
      cache.file.sparse();
      for (int i = random.nextInt(20); i >= 0; i--) {
        cache.file.allocate(
            random.nextLong(size / PAGE) * PAGE / 2, random.nextLong(size / 8) / PAGE * PAGE);
      }
    }
    int pieces = 1 << (2 * random.nextInt(7));
    for (int i = 0; i < pieces; i++) {
      long max = size / PAGE / pieces / (1 << random.nextInt(8));
      cache.file.read(
          random.nextLong(size * 7 / 8 / PAGE) * PAGE,
          (1 + random.nextLong(max + 1)) * PAGE / (pieces > 1000 ? 64 : 1) / PAGE * PAGE + PAGE);
    }
    return cache;
  }
}
