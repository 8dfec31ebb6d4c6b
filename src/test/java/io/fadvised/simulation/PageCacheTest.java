package io.fadvised.simulation;

import static io.fadvised.simulation.PageCache.LOWER;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.FileIdentity;
import io.fadvised.simulation.SimulatedCgroup.Count;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Tests that the model keeps the pages that Linux would keep. */
class PageCacheTest {
  private static final int CHUNK = 64 << 10;
  private static final int PAGES = CHUNK / PageCache.PAGE_BYTES;
  private static final int CHUNKS = 100;

  /** Holds 64 chunks, interleaved block by block. */
  private static final int GROUP = 4 << 20;

  private static final long GROUPS = 200;

  private final PageCache cache = new PageCache((long) CHUNKS * CHUNK, CHUNK);
  private final CachedFile file = file(1);
  private final CachedFile other = file(2);

  private static CachedFile file(int inode) {
    return new CachedFile(new FileIdentity(1, inode), GROUPS * GROUP, CHUNK);
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
  void chunksReadTwiceOutliveAStream() {
    readAll(file, 0, 30);
    readAll(file, 0, 30);

    readAll(other, 0, 1000);

    assertThat(residentPages()).isEqualTo(30 * PAGES);
  }

  @Test
  void chunksReadOnceDoNotOutliveAStream() {
    readAll(file, 0, 30);

    readAll(other, 0, 1000);

    assertThat(residentPages()).isZero();
  }

  @Test
  void chunksWrittenOftenDoNotOutliveAStream() {
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
  void chunkReadAfterReclaimIsARefaultAndAfterAnEvictionIsNone() {
    readAll(file, 0, 10);
    cache.dontNeed(file, 0, file.sizeBytes());
    readAll(file, 0, 10);
    assertThat(cache.counters().refaultedPages()).isZero();

    readAll(other, 0, 200);
    readAll(file, 0, 10);
    assertThat(cache.counters().refaultedPages()).isEqualTo(10 * PAGES);
  }

  @Test
  void evictionRemovesTheShadows() {
    readAll(file, 0, 10);
    readAll(other, 0, 200);
    cache.dontNeed(file, 0, file.sizeBytes());

    readAll(file, 0, 10);

    assertThat(cache.counters().refaultedPages()).isZero();
  }

  @Test
  void onlyChunksInUseAreMissed() {
    readAll(file, 0, 10);
    readAll(file, 0, 10);
    for (int chunk = 0; file.entry(0) > 0; chunk++) {
      useTwice(other, chunk);
    }
    assertThat(cache.add(file, 0)).isEqualTo(PageCache.Miss.FOR_HOST);

    readAll(other, 1000, 1200);
    assertThat(cache.read(other, 1000)).isFalse();
    assertThat(cache.add(other, 1000)).isEqualTo(PageCache.Miss.NONE);
  }

  private void useTwice(CachedFile what, long chunk) {
    read(what, chunk);
    read(what, chunk);
  }

  @Test
  void cgroupAtItsLimitReclaimsItsOwnChunksOnly() {
    readAll(file, 0, 10);
    SimulatedCgroup limited = cache.makeCgroup(cache.root(), "limited", 20L * CHUNK, 5L * CHUNK);
    cache.chargeTo(limited);

    readAll(other, 0, 30);

    assertThat(residentPages()).isEqualTo(10 * PAGES);
    assertThat(cache.count(other, 0, Long.MAX_VALUE).residentPages()).isEqualTo(15 * PAGES);
    assertThat(limited.strikes()).isEqualTo(15);
    assertThat(limited.count(Count.RECLAIMED)).isEqualTo(15);
    assertThat(cache.counters().scannedPages()).isZero();
    assertThat(cache.counters().allScannedPages()).isEqualTo(15 * PAGES);
  }

  @Test
  void refaultsOfALimitAreNotTheHosts() {
    cache.chargeTo(cache.makeCgroup(cache.root(), "limited", 20L * CHUNK, 0));
    readAll(other, 0, 40);

    readAll(other, 0, 10);

    assertThat(cache.payer().count(Count.REFAULTED)).isEqualTo(10);
    assertThat(cache.counters().refaultedPages()).isEqualTo(10 * PAGES);
    assertThat(cache.countersOfHost().refaultedPages()).isZero();
  }

  @Test
  void limitOfAPodReclaimsFromItsContainersByTheirSizes() {
    SimulatedCgroup pod = cache.makeCgroup(cache.root(), "pod", 40L * CHUNK, 0);
    SimulatedCgroup large = cache.makeCgroup(pod, "large", SimulatedCgroup.UNLIMITED, 0);
    SimulatedCgroup small = cache.makeCgroup(pod, "small", SimulatedCgroup.UNLIMITED, 0);
    cache.chargeTo(large);
    readAll(file, 0, 30);
    cache.chargeTo(small);
    readAll(other, 0, 10);

    cache.chargeTo(pod);
    readAll(other, 100, 120);

    assertThat(pod.fileChunks()).isEqualTo(40);
    assertThat(pod.strikes()).isEqualTo(20);
    assertThat(large.strikes()).isZero();
    assertThat(large.fileChunks()).isBetween(15L, 21L);
    assertThat(small.fileChunks()).isBetween(4L, 7L);
  }

  @Test
  void evictedChunksAreUncharged() {
    SimulatedCgroup limited = cache.makeCgroup(cache.root(), "limited", 20L * CHUNK, 0);
    cache.chargeTo(limited);
    readAll(file, 0, 15);

    cache.dontNeed(file, 0, file.sizeBytes());

    assertThat(limited.fileChunks()).isZero();
    assertThat(cache.root().fileChunks()).isZero();
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
  void chunksReadAgainHaveTheSamePages() {
    readAll(file, 70, 74); // in the second group
    BitSet before = cache.residentPages(file, GROUP, 3L * GROUP);
    assertThat(before.cardinality()).isEqualTo(4 * PAGES);
    assertThat(before.stream().limit(17).boxed())
        .startsWith(24, 25) // block 6, of 4 pages
        .endsWith(39, 280); // block 9, and block 70
    cache.dontNeed(file, 0, file.sizeBytes());
    assertThat(cache.residentPages(file, GROUP, 3L * GROUP).isEmpty()).isTrue();

    readAll(file, 70, 74);

    assertThat(cache.residentPages(file, GROUP, 3L * GROUP)).isEqualTo(before);
  }

  @Test
  void mebibyteOfAFileHoldsAPartOfEachChunkOfItsGroup() {
    readAll(file, 0, 16);

    for (long stretch = 0; stretch < 4; stretch++) {
      long offset = stretch << 20;
      assertThat(cache.residentPages(file, offset, offset + (1 << 20)).cardinality())
          .isEqualTo(256 / 4);
    }
  }

  @Test
  void anyPartOfAFileIsCounted() {
    readAll(file, 0, 64); // a group
    readAll(file, 64 * 10, 64 * 10 + 1); // a chunk of another

    assertThat(cache.count(file, 0, GROUP).residentPages()).isEqualTo(1024);
    assertThat(cache.count(file, 0, file.sizeBytes()).residentPages()).isEqualTo(1024 + PAGES);
    assertThat(cache.count(file, 4096, 12288).residentPages()).isEqualTo(2);
    assertThat(cache.count(file, GROUP, file.sizeBytes()).residentPages()).isEqualTo(PAGES);
    assertThat(cache.count(file, 10L * GROUP, 10L * GROUP + 65536).residentPages()).isEqualTo(4);
    assertThat(cache.count(file, 12L * GROUP, file.sizeBytes()).residentPages()).isZero();
    assertThat(file.residentBytes()).isEqualTo(65L * CHUNK);
  }

  @Test
  void onlyWholeGroupsAreEvicted() {
    readAll(file, 0, 80);

    cache.dontNeed(file, 4096, GROUP);
    assertThat(residentPages()).isEqualTo(80 * PAGES);
    cache.dontNeed(file, 0, GROUP);
    assertThat(residentPages()).isEqualTo(16 * PAGES);
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
  void reclaimWaitsForTheDiskWhileAllChunksAreDirty() {
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
