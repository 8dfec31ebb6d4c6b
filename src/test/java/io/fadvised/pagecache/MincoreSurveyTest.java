package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static io.fadvised.pagecache.CacheFixture.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeKernel.Call;
import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** With mincore at 1 µs a call and 60 ns a page. */
class MincoreSurveyTest {
  private static final Duration TIME = Duration.ofMillis(20);

  private final LookMemory memory = new LookMemory(1);

  private static CacheFixture file(long sizeBytes) throws KernelException {
    return new CacheFixture(sizeBytes).costing(1000, 60);
  }

  private MincoreSurvey survey(CacheFixture cache) {
    return new MincoreSurvey(cache.kernel, cache.look(TIME, memory));
  }

  private ResidencyMap measure(CacheFixture cache) throws KernelException {
    return survey(cache).measure(cache.open, cache.whole());
  }

  private static long pagesLookedAt(CacheFixture cache) {
    return cache.kernel.calls("mincore").stream().mapToLong(Call::length).sum() / PAGE;
  }

  @Test
  void whatFitsIntoTheTimeIsCountedWithoutAnError() throws Exception {
    CacheFixture cache = file(5 * WINDOW);
    cache.file.read(WINDOW - MIB, 2 * MIB).read(4 * WINDOW, PAGE);

    ResidencyMap map = measure(cache);

    assertThat(map).isEqualTo(new MincoreProbe(cache.kernel).measure(cache.open, cache.whole()));
    assertThat(map.total()).isEqualTo(Residency.ofResident(2 * MIB + PAGE));
    assertThat(map.total().isExact()).isTrue();
  }

  @Test
  void holesAreSampledAndNotCounted() throws Exception {
    CacheFixture cache = file(1024 * GIB);
    cache.file.sparse().allocate(100 * GIB, 512 * MIB).read(100 * GIB, 256 * MIB);

    ResidencyMap map = measure(cache);

    assertThat(map.total().residentBytes()).isEqualTo(256 * MIB);
    assertThat(map.total().unmeasuredBytes()).isBetween(1022 * GIB, 1024 * GIB - 512 * MIB);
    assertThat(map.total().errorBytes()).isBetween(1L, 20 * GIB);
    assertThat(map.ranges())
        .containsExactly(
            new ByteRange(100 * GIB, WINDOW), new ByteRange(100 * GIB + WINDOW, WINDOW));
    assertThat(pagesLookedAt(cache) * PAGE).isLessThan(2 * GIB);
  }

  @Test
  void whatDoesNotFitIsEstimatedWithAnError() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 20 * GIB);

    Residency total = measure(cache).total();

    assertThat(total.residentBytes()).isNotEqualTo(20 * GIB);
    assertThat(Math.abs(total.residentBytes() - 20 * GIB)).isLessThanOrEqualTo(total.errorBytes());
    assertThat(total.errorBytes()).isBetween(100 * MIB, 5 * GIB);
    assertThat(total.unmeasuredBytes()).isBetween(199 * GIB, 200 * GIB - 1);
  }

  @Test
  void windowsWithSampledPagesAreToldAsRegions() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 4 * GIB);

    List<Region> regions = measure(cache).regions();

    assertThat(regions)
        .isSortedAccordingTo((a, b) -> Long.compare(a.range().offset(), b.range().offset()));
    assertThat(regions).hasSizeBetween(16, 33);
    assertThat(regions)
        .allMatch(region -> region.range().offset() >= 30 * GIB && region.range().end() <= 34 * GIB)
        .allMatch(region -> region.residency().residentBytes() > 0);
  }

  @Test
  void whereAdviceDrainsOnlyWhatIsKnownToBeResidentIsAdvised() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.kernel.drainingAtHoles();
    for (long at = 30 * GIB; at < 34 * GIB; at += 2 * MIB) {
      cache.file.read(at, MIB);
    }

    List<ByteRange> advised = measure(cache).ranges();

    assertThat(advised).isNotEmpty();
    for (ByteRange range : advised) {
      assertThat(cache.kernel.cacheStat(cache.open, range.offset(), range.length()).residentPages())
          .isEqualTo(range.length() / PAGE);
    }
  }

  @Test
  void theTimeIsKeptWhateverTheFileAndTheKernelAreLike() throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 150; round++) {
      double nanosPerPage = Math.pow(10, 1 + 2 * random.nextDouble()); // 10 ns to 1 µs
      long nanosPerCall = random.nextLong(100, 5100);
      CacheFixture cache = randomFile(random, 64 * GIB).costing(nanosPerCall, nanosPerPage);
      LookMemory own = new LookMemory(round);
      Duration time = Duration.ofMillis(2 + random.nextInt(60));
      for (int look = 0; look < 3; look++) {
        long start = cache.nanos;
        new MincoreSurvey(cache.kernel, cache.look(time, own)).measure(cache.open, cache.whole());

        // a region that is counted whatever it costs, and the first batch of each of two samples
        double pagesLate = REGION / (double) PAGE + 2 * 64 * 16;
        assertThat(cache.nanos - start)
            .as("round %d, look %d, %.0f ns a page", round, look, nanosPerPage)
            .isLessThanOrEqualTo(
                time.toNanos() + 20 * nanosPerCall + (long) (nanosPerPage * pagesLate));
      }
    }
  }

  @Test
  void theErrorHoldsAtLeastAsOftenAsPromised() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    int files = 400;
    int held = 0;
    for (int i = 0; i < files; i++) {
      CacheFixture cache = randomFile(random, 32 * GIB).costing(1000, 60);
      Residency total =
          new MincoreSurvey(
                  cache.kernel,
                  cache.look(Duration.ofMillis(3 + random.nextInt(20)), new LookMemory(i)))
              .measure(cache.open, cache.whole())
              .total();
      assertThat(total.unmeasuredBytes()).isPositive();
      long off = Math.abs(total.residentBytes() - cache.file.residentBytes());
      held += off <= total.errorBytes() ? 1 : 0;
    }
    assertThat(100.0 * held / files).isGreaterThanOrEqualTo(Sample.PROMISED_PERCENT);
  }

  /** Partly holes, partly resident: in one piece, in several, in many, or page by page. */
  private static CacheFixture randomFile(SplittableRandom random, long size)
      throws KernelException {
    CacheFixture cache = new CacheFixture(size);
    if (random.nextBoolean()) {
      cache.file.sparse();
      for (int i = random.nextInt(20); i >= 0; i--) {
        cache.file.allocate(
            random.nextLong(size / PAGE) * PAGE / 2, random.nextLong(size / 8) / PAGE * PAGE);
      }
    }
    int pieces = 1 << (2 * random.nextInt(7));
    for (int i = 0; i < pieces; i++) {
      long most = size / PAGE / pieces / (1 << random.nextInt(8));
      cache.file.read(
          random.nextLong(size * 7 / 8 / PAGE) * PAGE,
          (1 + random.nextLong(most + 1)) * PAGE / (pieces > 1000 ? 64 : 1) / PAGE * PAGE + PAGE);
    }
    return cache;
  }

  @Test
  void lookByLookEveryPageIsCountedHolesIncluded() throws Exception {
    CacheFixture cache = file(24 * GIB);
    cache.file.sparse().allocate(5 * GIB, 15 * GIB);
    BitSet counted = new BitSet();
    int looks = 0;
    while (counted.cardinality() < 24 * GIB / REGION && looks < 500) {
      cache.kernel.forgetCalls();
      measure(cache);
      looks++;
      for (Call call : cache.kernel.calls("mincore")) {
        if (call.length() % REGION == 0 && call.length() <= WINDOW && call.offset() % REGION == 0) {
          counted.set(
              (int) (call.offset() / REGION), (int) ((call.offset() + call.length()) / REGION));
        }
      }
    }
    // an eighth of 20 ms is 41,000 pages, 10 regions of 4 MiB each look
    assertThat(looks).isBetween(100, 200);
  }

  @Test
  void pagesCachedOverAHoleAreFoundInTheirTurn() throws Exception {
    CacheFixture cache = file(24 * GIB);
    cache.file.sparse().allocate(0, GIB / 2).read(20 * GIB + 5 * PAGE, PAGE);
    boolean found = false;
    int looks = 0;
    while (!found && looks < 500) {
      looks++;
      found =
          measure(cache).regions().stream()
              .anyMatch(
                  region ->
                      region.range().offset() <= 20 * GIB + 5 * PAGE
                          && region.range().end() > 20 * GIB + 5 * PAGE);
    }
    assertThat(found).isTrue();
    assertThat(looks).isLessThan(300);
  }

  @Test
  void muchCachedOverAHoleShowsInTheEstimateAtOnce() throws Exception {
    CacheFixture cache = file(24 * GIB);
    cache.file.sparse().allocate(0, GIB / 2).read(10 * GIB, 4 * GIB);

    ResidencyMap map = measure(cache);

    assertThat(Math.abs(map.total().residentBytes() - 4 * GIB))
        .isLessThanOrEqualTo(map.total().errorBytes());
    assertThat(map.total().residentBytes()).isGreaterThan(2 * GIB);
    assertThat(map.regions()).hasSizeGreaterThan(20);
  }

  @Test
  void holesThatStayEmptyAreKnownEverBetterAsLongAsLittleIsRead() throws Exception {
    CacheFixture cache = file(1024 * GIB);
    cache.file.sparse();
    long first = look(cache, memory, 0).errorBytes();
    long last = first;
    for (int look = 0; look < 50; look++) {
      last = look(cache, memory, 10 * MIB).errorBytes();
    }

    assertThat(first).isGreaterThan(GIB);
    assertThat(last).isLessThan(first / 3);
    assertThat(look(cache, memory, 100 * GIB).errorBytes()).isBetween(first / 2, first * 2);
    assertThat(look(cache, memory, Long.MAX_VALUE).errorBytes()).isBetween(first / 2, first * 2);
  }

  @Test
  void theErrorHoldsFromLookToLookWhileHolesAreReadAndEvicted() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    int looks = 0;
    int held = 0;
    for (int round = 0; round < 25; round++) {
      CacheFixture cache = new CacheFixture(64 * GIB).costing(1000, 60);
      cache.file.sparse().allocate(0, random.nextLong(2) * GIB);
      LookMemory own = new LookMemory(round);
      for (int i = 0; i < 20; i++) {
        long added = random.nextInt(3) == 0 ? random.nextLong(256) * MIB : 0;
        cache.file.read(random.nextLong(60 * GIB / PAGE) * PAGE, added);
        if (random.nextInt(10) == 0) {
          cache.kernel.adviseDontNeed(cache.open, 0, 0);
        }
        Residency seen = look(cache, own, added);
        long off = Math.abs(seen.residentBytes() - cache.file.residentBytes());
        held += off <= seen.errorBytes() ? 1 : 0;
        looks++;
      }
    }
    assertThat(100.0 * held / looks).isGreaterThanOrEqualTo(Sample.PROMISED_PERCENT);
  }

  private static Residency look(CacheFixture cache, LookMemory memory, long addedBytes)
      throws KernelException {
    Look look = new Look(() -> cache.nanos, TIME, memory, addedBytes);
    return new MincoreSurvey(cache.kernel, look).measure(cache.open, cache.whole()).total();
  }

  @Test
  void afterAnEvictionItIsSeenWhatLeftAndWhatStayed() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.file.read(30 * GIB, 20 * GIB).map(30 * GIB, 5 * GIB);
    MincoreSurvey survey = survey(cache);
    Residency before = survey.measure(cache.open, cache.whole()).total();
    cache.kernel.forgetCalls();

    assertThat(survey.total(cache.open, cache.whole())).isEqualTo(before);

    cache.kernel.adviseDontNeed(cache.open, 0, 0);
    Residency after = survey.total(cache.open, cache.whole());

    assertThat(Math.abs(after.residentBytes() - 5 * GIB)).isLessThanOrEqualTo(after.errorBytes());
    assertThat(after.errorBytes()).isLessThan(before.errorBytes());
    assertThat(pagesLookedAt(cache)).isLessThan(2 * 25_000);
  }

  @Test
  void whereOnlySomeWindowsAreCountedWhatLeftOfThemIsSeen() throws Exception {
    CacheFixture cache = file(200 * GIB);
    cache.kernel.drainingAtHoles();
    cache.file.read(30 * GIB, 20 * GIB);
    MincoreSurvey survey = survey(cache);
    ResidencyMap before = survey.measure(cache.open, cache.whole());
    long listed =
        before.regions().stream().mapToLong(region -> region.residency().residentBytes()).sum();
    assertThat(listed).isBetween(REGION, 2 * GIB);

    for (ByteRange range : before.ranges()) {
      cache.kernel.adviseDontNeed(cache.open, range.offset(), range.length());
    }
    Residency after = survey.total(cache.open, cache.whole());

    assertThat(before.total().residentBytes() - after.residentBytes()).isEqualTo(listed);
  }

  @Test
  void knowingThatNextToNothingIsThereTakesHalfOfTheTime() throws Exception {
    CacheFixture empty = file(200 * GIB);
    measure(empty);
    CacheFixture full = file(200 * GIB);
    full.file.read(0, 100 * GIB);
    measure(full);

    assertThat(empty.nanos).isLessThan(TIME.toNanos() * 2 / 3);
    assertThat(full.nanos).isBetween(TIME.toNanos() * 2 / 3, TIME.toNanos() + 1_000_000);
  }

  @Test
  void theTimeSpentIsToldAndNothingIsMeasuredOfAnEmptyRange() throws Exception {
    CacheFixture cache = file(200 * GIB);
    Look look = cache.look(TIME, memory);
    MincoreSurvey survey = new MincoreSurvey(cache.kernel, look);

    assertThat(survey.measure(cache.open, new ByteRange(0, 0)).total())
        .isEqualTo(Residency.ofResident(0));
    assertThat(look.spent()).isZero();

    survey.measure(cache.open, cache.whole());
    survey.total(cache.open, cache.whole());

    assertThat(look.spent()).isEqualTo(Duration.ofNanos(cache.nanos));
    assertThat(look.spent()).isPositive();
  }
}
