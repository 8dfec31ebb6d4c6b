package io.fadvised.simulation;

import io.fadvised.linux.FileIdentity;

/**
 * A file in the page cache: for each chunk the slot that holds it, or the shadow that it left when
 * it was reclaimed. Chunks that were never read take no memory, so a file may be of any size.
 */
final class CachedFile {
  /** The chunk has neither a slot nor a shadow. */
  static final int ABSENT = 0;

  private static final int LEAF_BITS = 9;
  private static final int LEAF_CHUNKS = 1 << LEAF_BITS;

  /** The indices of the counts of each leaf and of the file. */
  static final int RESIDENT = 0;

  static final int DIRTY = 1;
  static final int WRITEBACK = 2;
  static final int COUNTS = 3;

  private final FileIdentity identity;
  private final long sizeBytes;
  private final int chunkBytes;
  private final int[][] leaves;
  private final short[][] leafCounts;
  private final long[] counts = new long[COUNTS];
  private long addedChunks;
  private SimulatedLoop loop;

  CachedFile(FileIdentity identity, long sizeBytes, int chunkBytes) {
    if (sizeBytes % new Layout(chunkBytes).groupBytes() != 0) {
      throw new IllegalArgumentException(sizeBytes + " bytes in groups of chunks of " + chunkBytes);
    }
    this.identity = identity;
    this.sizeBytes = sizeBytes;
    this.chunkBytes = chunkBytes;
    int length = Math.toIntExact((chunks() + LEAF_CHUNKS - 1) >> LEAF_BITS);
    leaves = new int[length][];
    leafCounts = new short[length][];
  }

  /** Returns the loop device whose filesystem has this file; null for all other files. */
  SimulatedLoop loop() {
    return loop;
  }

  void liesOn(SimulatedLoop device) {
    loop = device;
  }

  FileIdentity identity() {
    return identity;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  long chunks() {
    return sizeBytes / chunkBytes;
  }

  long residentBytes() {
    return counts[RESIDENT] * chunkBytes;
  }

  /** Returns the bytes that are dirty or being written. */
  long unwrittenBytes() {
    return (counts[DIRTY] + counts[WRITEBACK]) * chunkBytes;
  }

  /** Returns the sum of all bytes ever added to its page cache. */
  long addedBytes() {
    return addedChunks * chunkBytes;
  }

  /** Returns a slot plus 1 (above 0), a shadow (below 0), or {@link #ABSENT}. */
  int entry(long chunk) {
    int[] leaf = leaves[(int) (chunk >> LEAF_BITS)];
    return leaf == null ? ABSENT : leaf[(int) chunk & (LEAF_CHUNKS - 1)];
  }

  void putSlot(long chunk, int slot) {
    leaf(chunk)[(int) chunk & (LEAF_CHUNKS - 1)] = slot + 1;
    count(RESIDENT, chunk, 1);
    addedChunks++;
  }

  /** Replaces the slot of a chunk by a shadow. */
  void clearSlot(long chunk, int shadow) {
    leaf(chunk)[(int) chunk & (LEAF_CHUNKS - 1)] = shadow;
    count(RESIDENT, chunk, -1);
  }

  void clearShadow(long chunk) {
    if (entry(chunk) < 0) {
      leaf(chunk)[(int) chunk & (LEAF_CHUNKS - 1)] = ABSENT;
    }
  }

  void count(int what, long chunk, int change) {
    int leaf = (int) (chunk >> LEAF_BITS);
    leafCounts[leaf][what] += (short) change;
    counts[what] += change;
  }

  /**
   * Returns the first chunk at or after {@code from} and below {@code end} that has a slot or a
   * shadow; {@code end} if there is none.
   */
  long nextKnown(long from, long end) {
    long chunk = from;
    while (chunk < end) {
      int[] leaf = leaves[(int) (chunk >> LEAF_BITS)];
      if (leaf == null) {
        chunk = ((chunk >> LEAF_BITS) + 1) << LEAF_BITS;
      } else if (leaf[(int) chunk & (LEAF_CHUNKS - 1)] != ABSENT) {
        return chunk;
      } else {
        chunk++;
      }
    }
    return end;
  }

  /** Returns whether a leaf begins with that chunk and ends before {@code end} or with the file. */
  boolean isWholeLeaf(long chunk, long end) {
    return (chunk & (LEAF_CHUNKS - 1)) == 0 && (chunk + LEAF_CHUNKS <= end || end == chunks());
  }

  /** Adds the counts of a leaf, times {@code factor}. */
  void addLeaf(long chunk, long[] sums, long factor) {
    short[] counted = leafCounts[(int) (chunk >> LEAF_BITS)];
    for (int what = 0; counted != null && what < COUNTS; what++) {
      sums[what] += counted[what] * factor;
    }
  }

  static long nextLeaf(long chunk) {
    return ((chunk >> LEAF_BITS) + 1) << LEAF_BITS;
  }

  private int[] leaf(long chunk) {
    int index = (int) (chunk >> LEAF_BITS);
    if (leaves[index] == null) {
      leaves[index] = new int[LEAF_CHUNKS];
      leafCounts[index] = new short[COUNTS];
    }
    return leaves[index];
  }
}
