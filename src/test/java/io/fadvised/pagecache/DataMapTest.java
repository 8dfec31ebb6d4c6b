package io.fadvised.pagecache;

import static io.fadvised.pagecache.CacheFixture.GIB;
import static io.fadvised.pagecache.CacheFixture.MIB;
import static io.fadvised.pagecache.CacheFixture.PAGE;
import static io.fadvised.pagecache.CacheFixture.REGION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.KernelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DataMapTest {
  private static final long TIB = 1024 * GIB;

  private long nanos;

  private Stretches map(CacheFixture cache, ByteRange range) throws KernelException {
    TimeLimit limit = new TimeLimit(() -> nanos, Duration.ofMillis(5).toNanos());
    return DataMap.of(cache.kernel, cache.open, range, limit);
  }

  private static CacheFixture sparse(long sizeBytes) throws KernelException {
    CacheFixture cache = new CacheFixture(sizeBytes);
    cache.file.sparse();
    return cache;
  }

  private static int questions(CacheFixture cache) {
    return cache.kernel.calls("lseek").size();
  }

  @Test
  void aFileOfHolesHasNoDataAndTakesOneQuestion() throws Exception {
    CacheFixture cache = sparse(TIB);

    assertThat(map(cache, cache.whole()).isEmpty()).isTrue();
    assertThat(questions(cache)).isEqualTo(1);
  }

  @Test
  void dataIsToldInWholeRegions() throws Exception {
    CacheFixture cache = sparse(TIB);
    cache.file.allocate(777 * GIB + 5 * MIB, PAGE).allocate(900 * GIB, 2 * REGION);

    assertThat(map(cache, cache.whole()).ranges())
        .containsExactly(
            new ByteRange(777 * GIB + REGION, REGION), new ByteRange(900 * GIB, 2 * REGION));
  }

  @Test
  void aGibibyteInOnePieceOfATebibyteIsFoundWithoutMuchAroundIt() throws Exception {
    CacheFixture cache = sparse(TIB);
    cache.file.allocate(100 * GIB, GIB);

    Stretches data = map(cache, cache.whole());

    assertThat(data.ranges()).hasSize(1);
    assertThat(data.bytes()).isBetween(GIB, GIB + GIB / 8 + REGION);
    assertThat(questions(cache)).isLessThan(60);
  }

  @Test
  void aFileWithoutHolesTakesFewQuestions() throws Exception {
    CacheFixture cache = new CacheFixture(TIB);

    assertThat(map(cache, cache.whole()).ranges()).containsExactly(cache.whole());
    assertThat(questions(cache)).isLessThan(200);
  }

  @Test
  void whereNobodyMayAskAllOfItCountsAsData() throws Exception {
    CacheFixture cache = sparse(TIB);
    cache.kernel.withoutSeekingData();

    assertThat(map(cache, cache.whole()).ranges()).containsExactly(cache.whole());
    assertThat(questions(cache)).isZero();
  }

  @Test
  void dataIsNeverMissingAndQuestionsAreLimited() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 40; round++) {
      CacheFixture cache = sparse(64 * GIB);
      List<Long> data = new ArrayList<>();
      long step = REGION << random.nextInt(8);
      for (long at = 0; at + step < 64 * GIB; at += step) {
        if (random.nextInt(3) > 0) {
          data.add(at + random.nextLong(step / PAGE) * PAGE);
          cache.file.allocate(data.get(data.size() - 1), PAGE);
        }
      }
      long start = random.nextLong(GIB / PAGE) * PAGE;
      ByteRange range = new ByteRange(start, 60 * GIB);

      Stretches found = map(cache, range);

      assertThat(questions(cache)).isLessThanOrEqualTo(1024);
      assertThat(found.ranges())
          .allMatch(stretch -> stretch.offset() >= start && stretch.end() <= range.end());
      for (long offset : data) {
        if (offset >= start && offset < range.end()) {
          assertThat(isIn(found, offset)).isTrue();
        }
      }
    }
  }

  private static boolean isIn(Stretches stretches, long offset) {
    return stretches.ranges().stream().anyMatch(s -> s.offset() <= offset && offset < s.end());
  }

  @Test
  void whatThereWasNoTimeToAskForCountsAsData() throws Exception {
    CacheFixture cache = sparse(TIB);
    cache.file.allocate(0, PAGE).allocate(GIB, PAGE).allocate(2 * GIB, PAGE);
    cache.kernel.before("lseek", call -> nanos += Duration.ofMillis(3).toNanos());

    assertThat(map(cache, cache.whole()).ranges())
        .containsExactly(new ByteRange(0, REGION), new ByteRange(GIB, TIB - GIB));
  }
}
