package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fadvised.linux.KernelException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageSampleTest {
  private static final long PAGES_OF_SAMPLE = 16 * 256;

  private final CacheFixture cache;
  private final PageSample sample = new PageSample(1);

  PageSampleTest() throws KernelException {
    cache = new CacheFixture(1024 * MIB);
  }

  @Test
  void noPageReturnsWithoutAnEviction() throws Exception {
    cache.file.read(0, 100 * MIB);

    assertThat(sample.measure(cache.kernel, cache.open)).isEqualTo(Returned.NOTHING);
    assertThat(cache.kernel.calls()).isEmpty();
  }

  @Test
  void returnedShareIsEstimated() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();

    readEverySecondPage(0);

    Returned seen = sample.measure(cache.kernel, cache.open);
    assertThat(seen.bytes()).isEqualTo(512 * MIB);
    assertThat(seen.returnedPages()).isEqualTo(PAGES_OF_SAMPLE / 2);
    assertThat(seen.repeatedPages()).isZero();
    assertThat(seen.expectedRepeats()).isZero();
  }

  @Test
  void pageStandsForItsShareOfTheReleasedBytes() throws Exception {
    for (long page = 0; page < 1024 * MIB / PAGE; page += 32) {
      cache.file.read(page * PAGE, PAGE);
    }
    evict();
    for (long page = 0; page < 1024 * MIB / PAGE; page += 64) {
      cache.file.read(page * PAGE, PAGE);
    }

    assertThat(sample.measure(cache.kernel, cache.open).bytes()).isEqualTo(16 * MIB);
  }

  @Test
  void sampleOfFewPagesHasNoEstimate() throws Exception {
    cache.file.read(512 * MIB, 8 * PAGE);
    evict();
    cache.file.read(0, 1024 * MIB);

    assertThat(sample.measure(cache.kernel, cache.open).bytes()).isZero();
  }

  @Test
  void pagesEvictedInALaterSliceAreFollowed() throws Exception {
    cache.file.read(0, 1024 * MIB);
    sample.beforeEviction(cache.kernel, cache.open, List.of(new ByteRange(0, 1024 * MIB)));
    cache.kernel.adviseDontNeed(cache.open, 0, 512 * MIB);
    sample.afterEviction(cache.kernel, cache.open, 512 * MIB);
    sample.refresh(cache.kernel, cache.open);
    cache.kernel.adviseDontNeed(cache.open, 512 * MIB, 512 * MIB);
    sample.afterEviction(cache.kernel, cache.open, 512 * MIB);

    cache.file.read(0, 1024 * MIB);

    assertThat(sample.measure(cache.kernel, cache.open).returnedPages()).isEqualTo(PAGES_OF_SAMPLE);
  }

  @Test
  void returnedPageIsNotCountedTwice() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    readEverySecondPage(0);
    sample.measure(cache.kernel, cache.open);

    assertThat(sample.measure(cache.kernel, cache.open).returnedPages()).isZero();
  }

  @Test
  void pagesThatReturnAgainExceedTheExpectedRepeats() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    readEverySecondPage(0);
    evict();
    readEverySecondPage(0);

    Returned seen = sample.measure(cache.kernel, cache.open);

    assertThat(seen.repeatedPages()).isEqualTo(PAGES_OF_SAMPLE / 2);
    assertThat(seen.expectedRepeats()).isCloseTo(PAGES_OF_SAMPLE / 4.0, within(1.0));
  }

  @Test
  void otherPagesAreNoRepeats() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    readEverySecondPage(0);
    evict();
    readEverySecondPage(1);

    Returned seen = sample.measure(cache.kernel, cache.open);

    assertThat(seen.returnedPages()).isEqualTo(PAGES_OF_SAMPLE / 2);
    assertThat(seen.repeatedPages()).isZero();
    assertThat(seen.expectedRepeats()).isCloseTo(PAGES_OF_SAMPLE / 4.0, within(1.0));
  }

  @Test
  void forgottenReturnIsNoRepeat() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    readEverySecondPage(0);
    sample.measure(cache.kernel, cache.open);
    sample.forgetReturns();
    evict();
    readEverySecondPage(0);

    Returned seen = sample.measure(cache.kernel, cache.open);

    assertThat(seen.returnedPages()).isEqualTo(PAGES_OF_SAMPLE / 2);
    assertThat(seen.repeatedPages()).isZero();
  }

  @Test
  void returnNotRememberedIsNoRepeat() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    readEverySecondPage(0);
    sample.measure(cache.kernel, cache.open);
    evict(cache.whole());
    readEverySecondPage(0);

    Returned seen = sample.measure(cache.kernel, cache.open);

    assertThat(seen.returnedPages()).isEqualTo(PAGES_OF_SAMPLE / 2);
    assertThat(seen.repeatedPages()).isZero();
  }

  @Test
  void pagesThatStayedHaveNotReturned() throws Exception {
    cache.file.map(0, 1024 * MIB);
    evict();

    assertThat(sample.measure(cache.kernel, cache.open).returnedPages()).isZero();
  }

  @Test
  void quietStretchesAreReplaced() throws Exception {
    cache.file.read(0, 100 * MIB);
    evict();
    for (int measurement = 0; measurement < 8; measurement++) {
      sample.measure(cache.kernel, cache.open);
    }
    cache.file.read(500 * MIB, 100 * MIB);
    evict(new ByteRange(500 * MIB, 100 * MIB));

    cache.file.read(500 * MIB, 100 * MIB);

    assertThat(sample.measure(cache.kernel, cache.open).returnedPages()).isPositive();
  }

  @Test
  void partShorterThanAStretchIsFollowedWhole() throws Exception {
    cache.file.read(0, 3 * PAGE);
    evict(new ByteRange(0, 3 * PAGE));
    cache.file.read(0, 2 * PAGE);

    assertThat(sample.measure(cache.kernel, cache.open))
        .isEqualTo(new Returned(2 * PAGE, 0, 2, 0, 0)); // all of it is in the sample
  }

  @Test
  void estimateFromOneStretchHasAnError() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    cache.file.read(0, 64 * MIB); // a sixteenth, which holds one stretch

    Returned one = sample.measure(cache.kernel, cache.open);

    assertThat(one.bytes()).isEqualTo(64 * MIB);
    assertThat(one.errorBytes()).isEqualTo(63 * MIB);
  }

  @Test
  void estimateFromAllStretchesHasASmallError() throws Exception {
    cache.file.read(0, 1024 * MIB);
    evict();
    cache.file.read(0, 1024 * MIB);

    Returned all = sample.measure(cache.kernel, cache.open);

    assertThat(all.bytes()).isEqualTo(1024 * MIB);
    assertThat(all.errorBytes()).isEqualTo(63 * MIB);
  }

  @Test
  void estimateDoesNotDriftIfASmallPartReturns() throws Exception {
    CacheFixture large = new CacheFixture(16 * 1024 * MIB);
    double sum = 0;
    for (int measurement = 0; measurement < 100; measurement++) {
      ByteRange hot = new ByteRange(15 * 1024 * MIB, 20 * MIB);
      ByteRange passing = new ByteRange((100 + 100L * measurement) * MIB, 100 * MIB);
      large.file.read(hot.offset(), hot.length()).read(passing.offset(), passing.length());
      sum += sample.measure(large.kernel, large.open).bytes();
      sample.beforeEviction(large.kernel, large.open, List.of(passing, hot));
      large.kernel.adviseDontNeed(large.open, 0, 0);
      sample.afterEviction(large.kernel, large.open, 120 * MIB);
    }

    assertThat(sum / 100).isBetween(10.0 * MIB, 30.0 * MIB);
  }

  @Test
  void pagesEvictedLaterAreFollowed() throws Exception {
    cache.file.read(0, 32 * MIB);
    evict(new ByteRange(0, 32 * MIB));
    for (int measurement = 0; measurement < 3; measurement++) { // these 32 MiB return each time
      cache.file.read(0, 32 * MIB).read(300 * MIB, 200 * MIB);
      sample.measure(cache.kernel, cache.open);
      evict(cache.whole());
    }
    cache.file.read(300 * MIB, 200 * MIB);

    assertThat(sample.measure(cache.kernel, cache.open).bytes()).isGreaterThan(100 * MIB);
  }

  @Test
  void fewPagesAtATimeGiveAnEstimateOnceThereAreEnough() throws Exception {
    for (int eviction = 0; eviction < 3; eviction++) {
      readOnePageInEachMebibyte(eviction);
      sample.measure(cache.kernel, cache.open);
      evict(cache.whole());
    }
    readOnePageInEachMebibyte(2);

    assertThat(sample.measure(cache.kernel, cache.open).bytes()).isEqualTo(4 * MIB);
  }

  private void readOnePageInEachMebibyte(int page) {
    for (long mebibyte = 0; mebibyte < 1024; mebibyte++) {
      cache.file.read(mebibyte * MIB + page * PAGE, PAGE);
    }
  }

  private void evict() throws KernelException {
    sample.measure(cache.kernel, cache.open);
    sample.rememberReturns();
    evict(cache.whole());
  }

  /** Evicts without measuring or remembering the returned pages before. */
  private void evict(ByteRange part) throws KernelException {
    sample.beforeEviction(cache.kernel, cache.open, List.of(part));
    long before = cache.file.residentBytes();
    cache.kernel.adviseDontNeed(cache.open, 0, 0);
    sample.afterEviction(cache.kernel, cache.open, before - cache.file.residentBytes());
  }

  private void readEverySecondPage(long first) {
    for (long page = first; page < 1024 * MIB / PAGE; page += 2) {
      cache.file.read(page * PAGE, PAGE);
    }
  }
}
