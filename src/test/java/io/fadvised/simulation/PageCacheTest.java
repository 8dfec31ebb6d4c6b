package io.fadvised.simulation;

import static io.fadvised.simulation.PageCache.LOWER;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.FileIdentity;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** The model keeps what Linux would keep. */
class PageCacheTest {
  private static final int CHUNK = 64 << 10;
  private static final int PAGES = CHUNK / PageCache.PAGE_BYTES;
  private static final int CHUNKS = 100;

  private final PageCache cache = new PageCache((long) CHUNKS * CHUNK, CHUNK);
  private final CachedFile file = file(1);
  private final CachedFile other = file(2);

  private static CachedFile file(int inode) {
    return new CachedFile(new FileIdentity(1, inode), 10_000L * CHUNK, CHUNK);
  }

  private void read(CachedFile what, long chunk) {
    if (!cache.read(what, chunk)) {
      cache.add(what, chunk);
    }
  }

  private void readAll(CachedFile what, int from, int to) {
    for (int chunk = from; chunk < to; chunk++) {
      read(what, chunk);
    }
  }

  private long residentPages() {
    return cache.count(file, 0, Long.MAX_VALUE).residentPages();
  }

  @Test
  void whatIsReadTwiceOutlivesAStream() {
    readAll(file, 0, 30);
    readAll(file, 0, 30);

    readAll(other, 0, 1000);

    assertThat(residentPages()).isEqualTo(30 * PAGES);
  }

  @Test
  void whatIsReadOnceDoesNot() {
    readAll(file, 0, 30);

    readAll(other, 0, 1000);

    assertThat(residentPages()).isZero();
  }

  @Test
  void whatIsWrittenOftenIsNoWorkingSet() {
    for (int times = 0; times < 5; times++) {
      for (int chunk = 0; chunk < 10; chunk++) {
        cache.write(file, chunk, LOWER, 0);
      }
    }
    writeBack(10);

    readAll(other, 0, 1000);

    assertThat(residentPages()).isZero();
  }

  @Test
  void aReturnAfterReclaimIsARefaultAndAfterAnEvictionIsNone() {
    readAll(file, 0, 10);
    cache.dontNeed(file, 0, file.sizeBytes());
    readAll(file, 0, 10);
    assertThat(cache.counters().refaultedPages()).isZero();

    readAll(other, 0, 200);
    readAll(file, 0, 10);
    assertThat(cache.counters().refaultedPages()).isEqualTo(10 * PAGES);
  }

  @Test
  void anEvictionErasesTheShadows() {
    readAll(file, 0, 10);
    readAll(other, 0, 200);
    cache.dontNeed(file, 0, file.sizeBytes());

    readAll(file, 0, 10);

    assertThat(cache.counters().refaultedPages()).isZero();
  }

  @Test
  void onlyWhatWasInUseIsMissed() {
    readAll(file, 0, 10);
    readAll(file, 0, 10);
    for (int chunk = 0; file.entry(0) > 0; chunk++) {
      useTwice(other, chunk);
    }
    assertThat(cache.add(file, 0)).isTrue();

    readAll(other, 1000, 1200);
    assertThat(cache.read(other, 1000)).isFalse();
    assertThat(cache.add(other, 1000)).isFalse();
  }

  private void useTwice(CachedFile what, long chunk) {
    read(what, chunk);
    read(what, chunk);
  }

  @Test
  void dirtyChunksStayUntilTheyAreWritten() {
    cache.write(file, 3, LOWER, 0);

    PageCache.Advice advice = cache.dontNeed(file, 0, file.sizeBytes());

    assertThat(advice).isEqualTo(new PageCache.Advice(0, PAGES, PAGES));
    assertThat(cache.count(file, 0, Long.MAX_VALUE)).isEqualTo(new CacheStat(PAGES, 0, PAGES));
    cache.finishWriteback();
    cache.dontNeed(file, 0, file.sizeBytes());
    assertThat(residentPages()).isZero();
  }

  @Test
  void theSamePagesReturnWhenTheSameIsReadAgain() {
    readAll(file, 5, 9);
    BitSet before = cache.residentPages(file, 2 * CHUNK, 20 * CHUNK);
    assertThat(before.cardinality()).isEqualTo(4 * PAGES);
    assertThat(before.nextSetBit(0)).isEqualTo(3 * PAGES);
    cache.dontNeed(file, 0, file.sizeBytes());
    assertThat(cache.residentPages(file, 2 * CHUNK, 20 * CHUNK).isEmpty()).isTrue();

    readAll(file, 5, 9);

    assertThat(cache.residentPages(file, 2 * CHUNK, 20 * CHUNK)).isEqualTo(before);
  }

  @Test
  void countsAnyPartOfAFile() {
    readAll(file, 0, 50);

    assertThat(cache.count(file, 0, 10L * CHUNK).residentPages()).isEqualTo(10 * PAGES);
    assertThat(cache.count(file, CHUNK / 2, 10L * CHUNK).residentPages())
        .isEqualTo(10 * PAGES - PAGES / 2);
    assertThat(cache.count(file, 49L * CHUNK, file.sizeBytes()).residentPages()).isEqualTo(PAGES);
    assertThat(cache.count(file, 600L * CHUNK, file.sizeBytes()).residentPages()).isZero();
    assertThat(file.residentBytes()).isEqualTo(50L * CHUNK);
  }

  @Test
  void programsTakeTheirMemoryFromThePageCache() {
    readAll(file, 0, 90);

    cache.setAnonymousBytes(60L * CHUNK);
    assertThat(cache.fileBytes()).isLessThanOrEqualTo(40L * CHUNK);
    assertThat(cache.availableBytes()).isBetween(30L * CHUNK, 40L * CHUNK);

    cache.setAnonymousBytes(0);
    assertThat(cache.freeBytes()).isGreaterThanOrEqualTo(60L * CHUNK);
  }

  @Test
  void whereAllIsDirtyMemoryWaitsForTheDisk() {
    for (int chunk = 0; chunk < 2 * CHUNKS; chunk++) {
      cache.write(file, chunk, LOWER, 0);
    }

    assertThat(cache.forcedWrites()).isPositive();
    assertThat(cache.counters().directReclaims()).isPositive();
  }

  private void writeBack(int chunks) {
    for (int i = 0; i < chunks; i++) {
      cache.startWriteback(LOWER, cache.oldestDirty(LOWER));
      cache.finishWriteback();
    }
  }
}
