package io.fadvised.simulation;

import io.fadvised.linux.CacheStat;
import io.fadvised.pressure.VmStat;
import io.fadvised.simulation.SimulatedCgroup.Count;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The page cache of a host, in chunks that are cached and evicted as a whole. It models Linux
 * (mm/swap.c, mm/vmscan.c, mm/workingset.c, 6.18, without multi-generational LRU). There are an
 * inactive and an active list: a chunk becomes active when it is read twice, and stays inactive
 * however often it is written. A reclaimed chunk leaves a shadow, so that its return is a refault;
 * it goes to the active list if it would have stayed there.
 *
 * <p>Each memory cgroup has lists of its own. A chunk is charged to the cgroup that adds it. A
 * cgroup at its limit reclaims from itself and the cgroups below; the host reclaims from all.
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

  /**
   * Ages wrap around; the shadow keeps the lower bits, one for {@link #WORKINGSET}, and two for the
   * depth of the cgroup whose limit it was reclaimed for.
   */
  private static final int AGE_MASK = (1 << 27) - 1;

  private static final int MAX_CGROUPS = 512;

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
  private final SimulatedCgroup[] owners;
  private final List<SimulatedCgroup> cgroups = new ArrayList<>();
  private final SimulatedCgroup root = SimulatedCgroup.root();
  private final long[] chunks;
  private final int[] dirtiedAtMillis;
  private final int[] free;
  private final int[] anonymous;
  private final int lowMark;
  private final int highMark;
  private int freeSlots;
  private int anonymousSlots;
  private int cgroupAnonymousSlots;
  private SimulatedCgroup payer = root;
  private long limitRefaultedChunks;
  private long allScannedChunks;
  private long scannedChunks;
  private long reclaimedChunks;
  private long directReclaims;
  private long forcedWrites;
  private long limitForcedWrites;

  PageCache(long memoryBytes, int chunkBytes) {
    this.chunkBytes = chunkBytes;
    layout = new Layout(chunkBytes);
    totalSlots = Math.toIntExact(memoryBytes / chunkBytes);
    lru = new SlotLists(totalSlots, 2 * MAX_CGROUPS);
    dirty = new SlotLists(totalSlots, 2);
    writeback = new SlotLists(totalSlots, 1);
    flags = new byte[totalSlots];
    files = new CachedFile[totalSlots];
    owners = new SimulatedCgroup[totalSlots];
    cgroups.add(root);
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

  // -- cgroups -----------------------------------------------------------------------------------

  SimulatedCgroup root() {
    return root;
  }

  /** Returns all cgroups, the root first. */
  List<SimulatedCgroup> cgroups() {
    return cgroups;
  }

  /**
   * Makes a cgroup below another one.
   *
   * @param limitBytes its limit, or {@link SimulatedCgroup#UNLIMITED}
   * @param anonymousBytes memory of its programs, which is always in use
   */
  SimulatedCgroup makeCgroup(
      SimulatedCgroup parent, String name, long limitBytes, long anonymousBytes) {
    if (cgroups.size() == MAX_CGROUPS) {
      throw new IllegalStateException("more than " + MAX_CGROUPS + " cgroups");
    }
    long limit = limitBytes == SimulatedCgroup.UNLIMITED ? limitBytes : limitBytes / chunkBytes;
    SimulatedCgroup made = parent.child(name, cgroups.size(), limit);
    cgroups.add(made);
    SimulatedCgroup before = payer;
    payer = made;
    for (long left = anonymousBytes / chunkBytes; left > 0; left--) {
      makeRoom();
      freeSlots--;
      cgroupAnonymousSlots++;
      made.add(Count.ANONYMOUS, 1);
    }
    payer = before;
    return made;
  }

  /** Sets the cgroup to which new chunks are charged. */
  void chargeTo(SimulatedCgroup cgroup) {
    payer = cgroup;
  }

  SimulatedCgroup payer() {
    return payer;
  }

  SimulatedCgroup ownerOf(int slot) {
    return owners[slot];
  }

  // -- reads and writes --------------------------------------------------------------------------

  /** Tells why a chunk in use had been reclaimed; {@code NONE} if it was not in use. */
  enum Miss {
    NONE,
    FOR_HOST,
    FOR_LIMIT
  }

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
   * @return whether it was missed, and why it had been reclaimed
   */
  Miss add(CachedFile file, long chunk) {
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
      countUnwritten(slot, CachedFile.DIRTY, 1);
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

  private Miss insert(CachedFile file, long chunk, byte asFlags) {
    makeRoom();
    int shadow = file.entry(chunk); // making room may have changed it
    byte wanted = asFlags;
    Miss miss = Miss.NONE;
    if (shadow < 0) {
      int left = -shadow - 1;
      SimulatedCgroup reclaimed = payer.above(left >> 1 & 3);
      boolean forLimit = reclaimed != root;
      payer.add(Count.REFAULTED, 1);
      limitRefaultedChunks += forLimit ? 1 : 0;
      if (((age(reclaimed) - (left >> 3)) & AGE_MASK) <= reclaimed.count(Count.ACTIVE)) {
        boolean missed = (left & 1) != 0;
        miss = !missed ? Miss.NONE : forLimit ? Miss.FOR_LIMIT : Miss.FOR_HOST;
        wanted |= (byte) (IS_ACTIVE | (missed ? WORKINGSET : 0));
        payer.add(Count.AGE, 1);
      }
    }
    int slot = free[--freeSlots];
    files[slot] = file;
    chunks[slot] = chunk;
    flags[slot] = wanted;
    owners[slot] = payer;
    file.putSlot(chunk, slot);
    link(slot);
    return miss;
  }

  private static int age(SimulatedCgroup cgroup) {
    return (int) cgroup.count(Count.AGE);
  }

  private void activate(int slot) {
    unlink(slot);
    flags[slot] = (byte) ((flags[slot] | IS_ACTIVE) & ~REFERENCED);
    link(slot);
    owners[slot].add(Count.AGE, 1);
  }

  private void link(int slot) {
    boolean active = (flags[slot] & IS_ACTIVE) != 0;
    lru.addFirst(listOf(owners[slot], active ? ACTIVE : INACTIVE), slot);
    owners[slot].add(active ? Count.ACTIVE : Count.INACTIVE, 1);
  }

  private void unlink(int slot) {
    boolean active = (flags[slot] & IS_ACTIVE) != 0;
    lru.remove(listOf(owners[slot], active ? ACTIVE : INACTIVE), slot);
    owners[slot].add(active ? Count.ACTIVE : Count.INACTIVE, -1);
  }

  private static int listOf(SimulatedCgroup cgroup, int list) {
    return 2 * cgroup.number() + list;
  }

  private int ownSize(SimulatedCgroup cgroup) {
    return lru.size(listOf(cgroup, INACTIVE)) + lru.size(listOf(cgroup, ACTIVE));
  }

  private void countUnwritten(int slot, int what, int change) {
    files[slot].count(what, chunks[slot], change);
    owners[slot].add(Count.UNWRITTEN, change);
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
      countUnwritten(slot, CachedFile.DIRTY, -1);
    }
  }

  /** Sends a dirty chunk to the disk. */
  void startWriteback(int list, int slot) {
    clean(list, slot);
    if ((flags[slot] & WRITEBACK) == 0) {
      flags[slot] |= WRITEBACK;
      writeback.addFirst(0, slot);
      countUnwritten(slot, CachedFile.WRITEBACK, 1);
    }
  }

  int writebackChunks() {
    return writeback.size(0);
  }

  /** Ends the writeback of the chunk that was sent to the disk first. */
  void finishWriteback() {
    finishWriteback(writeback.last(0));
  }

  private void finishWriteback(int slot) {
    writeback.remove(0, slot);
    flags[slot] &= ~WRITEBACK;
    countUnwritten(slot, CachedFile.WRITEBACK, -1);
  }

  // -- reclaim and eviction ----------------------------------------------------------------------

  private void makeRoom() {
    for (SimulatedCgroup limited = payer; limited != root; limited = limited.parent()) {
      while (limited.isFull()) {
        limited.strike();
        if (!reclaimOne(limited)) {
          writeOneOf(limited);
        }
      }
    }
    if (freeSlots > lowMark) {
      return;
    }
    while (freeSlots < highMark && reclaimOne(root)) {
      // kswapd
    }
    while (freeSlots == 0) {
      directReclaims++;
      if (!reclaimOne(root)) {
        writeOneNow();
      }
    }
  }

  /** Writes the oldest chunk of a cgroup whose chunks are all dirty or being written. */
  private void writeOneOf(SimulatedCgroup limited) {
    SimulatedCgroup owner = limited.nextToScan(this::ownSize);
    int slot = lru.last(listOf(owner, INACTIVE));
    if (slot < 0) {
      throw new IllegalStateException(limited + ": nothing to reclaim");
    }
    if ((flags[slot] & DIRTY) != 0) {
      startWriteback(files[slot].loop() != null ? UPPER : LOWER, slot);
    }
    finishWriteback(slot);
    limitForcedWrites++;
    limited.waited(chunkBytes * 1_000_000_000L / Hardware.DISK_WRITE_BYTES_PER_SECOND);
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

  /** Reclaims one chunk for a limit, or for the root's sake. */
  private boolean reclaimOne(SimulatedCgroup target) {
    for (long left = target.fileChunks(); left > 0; left--) {
      SimulatedCgroup from = target.nextToScan(this::ownSize);
      refillInactive(from);
      int list = listOf(from, INACTIVE);
      int slot = lru.last(list);
      allScannedChunks++;
      scannedChunks += target == root ? 1 : 0;
      if ((flags[slot] & (DIRTY | WRITEBACK)) == 0) {
        int missed = (flags[slot] & WORKINGSET) != 0 ? 1 : 0;
        int shadow = -(((age(target) & AGE_MASK) << 3 | target.depth() << 1 | missed) + 1);
        target.add(Count.AGE, 1);
        from.add(Count.RECLAIMED, 1);
        leave(slot, shadow);
        reclaimedChunks += target == root ? 1 : 0;
        return true;
      }
      lru.remove(list, slot);
      lru.addFirst(list, slot);
    }
    return false;
  }

  /**
   * Models inactive_is_low and shrink_active_list: the larger the memory, the smaller the inactive
   * part.
   */
  private void refillInactive(SimulatedCgroup cgroup) {
    int inactive = listOf(cgroup, INACTIVE);
    int active = listOf(cgroup, ACTIVE);
    long gibibytes = ((long) ownSize(cgroup) * chunkBytes) >> 30;
    long ratio = Math.max(1, (long) Math.sqrt(10.0 * gibibytes));
    while (lru.size(inactive) == 0 || lru.size(inactive) * ratio < lru.size(active)) {
      int slot = lru.last(active);
      unlink(slot);
      flags[slot] = (byte) ((flags[slot] | WORKINGSET) & ~IS_ACTIVE);
      link(slot);
    }
  }

  private void leave(int slot, int shadow) {
    unlink(slot);
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
    long wanted = Math.min(bytes / chunkBytes, totalSlots - cgroupAnonymousSlots - 2L * highMark);
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
    return (long) (totalSlots - freeSlots - anonymousSlots - cgroupAnonymousSlots) * chunkBytes;
  }

  /** Returns Inactive(file), which reclaim takes next. */
  long inactiveBytes() {
    return root.count(Count.INACTIVE) * chunkBytes;
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
        root.count(Count.REFAULTED) * pagesPerChunk(),
        scannedChunks * pagesPerChunk(),
        directReclaims,
        reclaimedChunks * pagesPerChunk(),
        allScannedChunks * pagesPerChunk());
  }

  /** Returns these counters without what happened because of limits; no kernel has them. */
  VmStat countersOfHost() {
    return new VmStat(
        (root.count(Count.REFAULTED) - limitRefaultedChunks) * pagesPerChunk(),
        scannedChunks * pagesPerChunk(),
        directReclaims,
        reclaimedChunks * pagesPerChunk(),
        scannedChunks * pagesPerChunk());
  }

  /** Returns how often reclaim for the host had to wait for the disk. */
  long forcedWrites() {
    return forcedWrites;
  }

  /** Returns how often reclaim for a limit had to. */
  long limitForcedWrites() {
    return limitForcedWrites;
  }

  long pagesPerChunk() {
    return chunkBytes / PAGE_BYTES;
  }
}
