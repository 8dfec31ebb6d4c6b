package io.fadvised.simulation;

import io.fadvised.linux.CacheStat;
import io.fadvised.pressure.VmStat;
import java.util.BitSet;

/**
 * The page cache of a host, in chunks that are cached and evicted as a whole. It models Linux
 * (mm/swap.c, mm/vmscan.c, mm/workingset.c, 6.18, without multi-generational LRU). There are an
 * inactive and an active list: a chunk becomes active when it is read twice, and stays inactive
 * however often it is written. A reclaimed chunk leaves a shadow, so that its return is a refault;
 * it goes to the active list if it would have stayed there.
 */
final class PageCache {
  static final int PAGE_BYTES = 4096;

  private static final int INACTIVE = 0;
  private static final int ACTIVE = 1;

  private static final byte IS_ACTIVE = 1;
  private static final byte REFERENCED = 2;
  private static final byte DIRTY = 4;
  private static final byte WRITEBACK = 8;

  /** PG_workingset: it was active once; waiting for its return counts as a memory stall. */
  private static final byte WORKINGSET = 16;

  /** Ages wrap around; the shadow keeps the lower bits, and one for {@link #WORKINGSET}. */
  private static final int AGE_MASK = (1 << 29) - 1;

  /** The list of dirty chunks of loops' filesystems, in the order in which they were written. */
  static final int UPPER = 0;

  /** The list of all other dirty chunks. */
  static final int LOWER = 1;

  private final int chunkBytes;
  private final Layout layout;
  private final int totalSlots;
  private final SlotLists lru;
  private final SlotLists dirty;
  private final SlotLists writeback;
  private final byte[] flags;
  private final CachedFile[] files;
  private final long[] chunks;
  private final int[] dirtiedAtMillis;
  private final int[] free;
  private final int[] anonymous;
  private final int lowMark;
  private final int highMark;
  private int freeSlots;
  private int anonymousSlots;
  private int age;
  private long refaultedChunks;
  private long scannedChunks;
  private long reclaimedChunks;
  private long directReclaims;
  private long forcedWrites;

  PageCache(long memoryBytes, int chunkBytes) {
    this.chunkBytes = chunkBytes;
    layout = new Layout(chunkBytes);
    totalSlots = Math.toIntExact(memoryBytes / chunkBytes);
    lru = new SlotLists(totalSlots, 2);
    dirty = new SlotLists(totalSlots, 2);
    writeback = new SlotLists(totalSlots, 1);
    flags = new byte[totalSlots];
    files = new CachedFile[totalSlots];
    chunks = new long[totalSlots];
    dirtiedAtMillis = new int[totalSlots];
    free = new int[totalSlots];
    anonymous = new int[totalSlots];
    for (int slot = 0; slot < totalSlots; slot++) {
      free[slot] = totalSlots - 1 - slot;
    }
    freeSlots = totalSlots;
    // vm.watermark_scale_factor: 0.1 % of memory between two marks, above 0.3 % (measured: 24 GiB)
    lowMark = Math.max(2, totalSlots / 250);
    highMark = Math.max(4, totalSlots / 200);
  }

  // -- reads and
  // writes--------------------------------------------------------------------------------

  /** Reads a chunk; returns false if it is not resident. */
  boolean read(CachedFile file, long chunk) {
    int slot = file.entry(chunk) - 1;
    if (slot < 0) {
      return false;
    }
    byte seen = flags[slot];
    if ((seen & REFERENCED) == 0) {
      flags[slot] = (byte) (seen | REFERENCED);
    } else if ((seen & IS_ACTIVE) == 0) {
      activate(slot);
    }
    return true;
  }

  /**
   * Makes room for a chunk and adds it, as read from the disk.
   *
   * @return whether it was missed: in use when it was reclaimed
   */
  boolean add(CachedFile file, long chunk) {
    return insert(file, chunk, REFERENCED);
  }

  /** Writes a whole chunk, resident or not. */
  void write(CachedFile file, long chunk, int list, int nowMillis) {
    if (file.entry(chunk) <= 0) {
      insert(file, chunk, (byte) 0);
    }
    int slot = file.entry(chunk) - 1;
    if ((flags[slot] & DIRTY) == 0) {
      flags[slot] |= DIRTY;
      file.count(CachedFile.DIRTY, chunk, 1);
      dirtiedAtMillis[slot] = nowMillis;
      dirty.addFirst(list, slot);
    }
  }

  /** Writes a whole chunk that is never dirty, since it is written to the disk at once. */
  void writeThrough(CachedFile file, long chunk) {
    if (file.entry(chunk) <= 0) {
      insert(file, chunk, (byte) 0);
    }
  }

  private boolean insert(CachedFile file, long chunk, byte asFlags) {
    makeRoom();
    int shadow = file.entry(chunk); // making room may have changed it
    byte wanted = asFlags;
    boolean missed = false;
    if (shadow < 0) {
      refaultedChunks++;
      int left = -shadow - 1;
      if (((age - (left >> 1)) & AGE_MASK) <= lru.size(ACTIVE)) {
        missed = (left & 1) != 0;
        wanted |= (byte) (IS_ACTIVE | (missed ? WORKINGSET : 0));
        age++;
      }
    }
    int slot = free[--freeSlots];
    files[slot] = file;
    chunks[slot] = chunk;
    flags[slot] = wanted;
    file.putSlot(chunk, slot);
    lru.addFirst((wanted & IS_ACTIVE) != 0 ? ACTIVE : INACTIVE, slot);
    return missed;
  }

  private void activate(int slot) {
    lru.remove(INACTIVE, slot);
    lru.addFirst(ACTIVE, slot);
    flags[slot] = (byte) ((flags[slot] | IS_ACTIVE) & ~REFERENCED);
    age++;
  }

  // -- writing back ------------------------------------------------------------------------------

  /** Returns the chunk that is dirty for the longest time; {@link SlotLists#NONE} if none is. */
  int oldestDirty(int list) {
    return dirty.last(list);
  }

  int dirtiedAtMillis(int slot) {
    return dirtiedAtMillis[slot];
  }

  CachedFile fileOf(int slot) {
    return files[slot];
  }

  long chunkOf(int slot) {
    return chunks[slot];
  }

  /** Cleans a dirty chunk that was written at once. */
  void clean(int list, int slot) {
    if ((flags[slot] & DIRTY) != 0) {
      flags[slot] &= ~DIRTY;
      dirty.remove(list, slot);
      files[slot].count(CachedFile.DIRTY, chunks[slot], -1);
    }
  }

  /** Sends a dirty chunk to the disk. */
  void startWriteback(int list, int slot) {
    clean(list, slot);
    if ((flags[slot] & WRITEBACK) == 0) {
      flags[slot] |= WRITEBACK;
      writeback.addFirst(0, slot);
      files[slot].count(CachedFile.WRITEBACK, chunks[slot], 1);
    }
  }

  int writebackChunks() {
    return writeback.size(0);
  }

  int dirtyChunks(int list) {
    return dirty.size(list);
  }

  /** Ends the writeback of the chunk that was sent to the disk first. */
  void finishWriteback() {
    int slot = writeback.last(0);
    writeback.remove(0, slot);
    flags[slot] &= ~WRITEBACK;
    files[slot].count(CachedFile.WRITEBACK, chunks[slot], -1);
  }

  // -- reclaim and
  // eviction--------------------------------------------------------------------------------

  private void makeRoom() {
    if (freeSlots > lowMark) {
      return;
    }
    while (freeSlots < highMark && reclaimOne()) {
      // kswapd
    }
    while (freeSlots == 0) {
      directReclaims++;
      if (!reclaimOne()) {
        writeOneNow();
      }
    }
  }

  /** Writes one chunk: all are dirty or being written, so memory has to wait for the disk. */
  private void writeOneNow() {
    for (int list = UPPER; writeback.size(0) == 0; list++) {
      if (dirty.size(list) > 0) {
        startWriteback(list, dirty.last(list));
      }
    }
    finishWriteback();
    forcedWrites++;
  }

  private boolean reclaimOne() {
    for (int left = lru.size(INACTIVE) + lru.size(ACTIVE); left > 0; left--) {
      refillInactive();
      int slot = lru.last(INACTIVE);
      scannedChunks++;
      if ((flags[slot] & (DIRTY | WRITEBACK)) == 0) {
        int shadow = -(((age++ & AGE_MASK) << 1 | ((flags[slot] & WORKINGSET) != 0 ? 1 : 0)) + 1);
        leave(slot, shadow);
        reclaimedChunks++;
        return true;
      }
      lru.remove(INACTIVE, slot);
      lru.addFirst(INACTIVE, slot);
    }
    return false;
  }

  /**
   * Models inactive_is_low and shrink_active_list: the larger the memory, the smaller the inactive
   * part.
   */
  private void refillInactive() {
    long gibibytes = ((long) (lru.size(INACTIVE) + lru.size(ACTIVE)) * chunkBytes) >> 30;
    long ratio = Math.max(1, (long) Math.sqrt(10.0 * gibibytes));
    while (lru.size(INACTIVE) == 0 || lru.size(INACTIVE) * ratio < lru.size(ACTIVE)) {
      int slot = lru.last(ACTIVE);
      lru.remove(ACTIVE, slot);
      lru.addFirst(INACTIVE, slot);
      flags[slot] = (byte) ((flags[slot] | WORKINGSET) & ~IS_ACTIVE);
    }
  }

  private void leave(int slot, int shadow) {
    lru.remove((flags[slot] & IS_ACTIVE) != 0 ? ACTIVE : INACTIVE, slot);
    files[slot].clearSlot(chunks[slot], shadow);
    flags[slot] = 0;
    free[freeSlots++] = slot;
  }

  /**
   * Models POSIX_FADV_DONTNEED: clean chunks leave without a shadow; dirty ones are sent to the
   * disk and stay.
   */
  Advice dontNeed(CachedFile file, long offset, long end) {
    long first = layout.firstChunkFrom(offset); // groups covered in part stay
    long last = end >= file.sizeBytes() ? file.chunks() : layout.endChunkUntil(end);
    long left = 0;
    long sent = 0;
    long stayed = 0;
    for (long chunk = file.nextKnown(first, last);
        chunk < last;
        chunk = file.nextKnown(chunk + 1, last)) {
      int slot = file.entry(chunk) - 1;
      if (slot < 0) {
        file.clearShadow(chunk);
      } else if ((flags[slot] & (DIRTY | WRITEBACK)) == 0) {
        leave(slot, CachedFile.ABSENT);
        left++;
      } else {
        sent += (flags[slot] & DIRTY) != 0 ? 1 : 0;
        startWriteback(LOWER, slot);
        stayed++;
      }
    }
    return new Advice(left * pagesPerChunk(), sent * pagesPerChunk(), stayed * pagesPerChunk());
  }

  /** The effect of an advice, in pages. */
  record Advice(long leftPages, long sentPages, long stayedPages) {}

  /** Models /proc/sys/vm/drop_caches: all clean chunks leave. */
  void dropClean() {
    for (int slot = 0; slot < totalSlots; slot++) {
      if (lru.contains(slot) && (flags[slot] & (DIRTY | WRITEBACK)) == 0) {
        leave(slot, CachedFile.ABSENT);
      }
    }
  }

  /** Sets the programs' own memory, for which the page cache has to make room. */
  void setAnonymousBytes(long bytes) {
    long wanted = Math.min(bytes / chunkBytes, totalSlots - 2L * highMark);
    while (anonymousSlots < wanted) {
      makeRoom();
      anonymous[anonymousSlots++] = free[--freeSlots];
    }
    while (anonymousSlots > wanted) {
      free[freeSlots++] = anonymous[--anonymousSlots];
    }
  }

  // -- counts ------------------------------------------------------------------------------------

  /** Counts the pages of a part of a file; {@code end} may be beyond the end of the file. */
  CacheStat count(CachedFile file, long offset, long end) {
    long last = Math.min(end, file.sizeBytes());
    long[] pages = new long[CachedFile.COUNTS];
    long at = offset;
    while (at < last) {
      long chunk = layout.chunkAt(at);
      if (at % layout.groupBytes() != 0 || at + layout.groupBytes() > last) {
        long next = Math.min(last, (at / Layout.BLOCK_BYTES + 1) * Layout.BLOCK_BYTES);
        add(file.entry(chunk) - 1, (next - at + PAGE_BYTES - 1) / PAGE_BYTES, pages);
        at = next;
      } else if (file.isWholeLeaf(chunk, layout.endChunkUntil(last))) {
        file.addLeaf(chunk, pages, pagesPerChunk());
        at = CachedFile.nextLeaf(chunk) * chunkBytes;
      } else {
        for (int i = 0; i < layout.chunksPerGroup(); i++) {
          add(file.entry(chunk + i) - 1, pagesPerChunk(), pages);
        }
        at += layout.groupBytes();
      }
    }
    return new CacheStat(
        pages[CachedFile.RESIDENT], pages[CachedFile.DIRTY], pages[CachedFile.WRITEBACK]);
  }

  private void add(int slot, long count, long[] pages) {
    if (slot >= 0) {
      pages[CachedFile.RESIDENT] += count;
      pages[CachedFile.DIRTY] += (flags[slot] & DIRTY) != 0 ? count : 0;
      pages[CachedFile.WRITEBACK] += (flags[slot] & WRITEBACK) != 0 ? count : 0;
    }
  }

  /** Returns the resident pages of a part of a file, numbered from its first page. */
  BitSet residentPages(CachedFile file, long offset, long end) {
    BitSet pages = new BitSet();
    long last = Math.min(end, file.sizeBytes());
    long at = offset;
    while (at < last) {
      long groupEnd = Math.min(last, (at / layout.groupBytes() + 1) * layout.groupBytes());
      if (isAnyResident(file, layout.firstChunkFrom(groupEnd) - layout.chunksPerGroup())) {
        addResident(file, offset, at, groupEnd, pages);
      }
      at = groupEnd;
    }
    return pages;
  }

  private boolean isAnyResident(CachedFile file, long firstOfGroup) {
    for (int i = 0; i < layout.chunksPerGroup(); i++) {
      if (file.entry(firstOfGroup + i) > 0) {
        return true;
      }
    }
    return false;
  }

  private void addResident(CachedFile file, long offset, long from, long to, BitSet pages) {
    long at = from;
    while (at < to) {
      long next = Math.min(to, (at / Layout.BLOCK_BYTES + 1) * Layout.BLOCK_BYTES);
      if (file.entry(layout.chunkAt(at)) > 0) {
        pages.set(
            (int) ((at - offset) / PAGE_BYTES),
            (int) ((next - offset + PAGE_BYTES - 1) / PAGE_BYTES));
      }
      at = next;
    }
  }

  /** Returns the free memory up to which kswapd reclaims. */
  long watermarkBytes() {
    return (long) highMark * chunkBytes;
  }

  long freeBytes() {
    return (long) freeSlots * chunkBytes;
  }

  /** Returns the bytes of all resident chunks. */
  long fileBytes() {
    return (long) (totalSlots - freeSlots - anonymousSlots) * chunkBytes;
  }

  /** Returns Inactive(file), which reclaim takes next. */
  long inactiveBytes() {
    return (long) lru.size(INACTIVE) * chunkBytes;
  }

  /** Returns MemAvailable (mm/show_mem.c): free memory and file pages, less a low mark of each. */
  long availableBytes() {
    long mark = (long) lowMark * chunkBytes;
    long file = fileBytes();
    return Math.max(0, freeBytes() - mark) + file - Math.min(file / 2, mark);
  }

  /** Returns the bytes that are dirty or being written. */
  long unwrittenBytes() {
    return (long) (dirty.size(UPPER) + dirty.size(LOWER) + writeback.size(0)) * chunkBytes;
  }

  /** Returns the counters of /proc/vmstat. */
  VmStat counters() {
    return new VmStat(
        refaultedChunks * pagesPerChunk(),
        scannedChunks * pagesPerChunk(),
        directReclaims,
        reclaimedChunks * pagesPerChunk(),
        scannedChunks * pagesPerChunk());
  }

  /** Returns how often reclaim had to wait for the disk. */
  long forcedWrites() {
    return forcedWrites;
  }

  private long pagesPerChunk() {
    return chunkBytes / PAGE_BYTES;
  }
}
