package io.fadvised.simulation;

/**
 * The layout of chunks in a file. A chunk is cached and evicted as a whole, but random access
 * leaves no contiguous chunks in the page cache. Therefore a chunk consists of blocks that are
 * interleaved with those of the other chunks of its group. Each mebibyte of a file holds a part of
 * each chunk of its group, so that its residency has steps of a sixteenth (with chunks of 256 KiB).
 */
final class Layout {
  /** The size of the regions that the engine measures and evicts. */
  static final int GROUP_BYTES = 4 << 20;

  static final int BLOCK_BYTES = Hardware.BLOCK_BYTES;

  private final int groupBytes;
  private final int groupShift;
  private final int chunksShift;
  private final int chunkMask;

  /**
   * @param chunkBytes a power of two
   */
  Layout(int chunkBytes) {
    groupBytes = Math.max(GROUP_BYTES, chunkBytes);
    groupShift = Integer.numberOfTrailingZeros(groupBytes);
    chunksShift = groupShift - Integer.numberOfTrailingZeros(chunkBytes);
    chunkMask = (1 << chunksShift) - 1;
  }

  int chunksPerGroup() {
    return chunkMask + 1;
  }

  /** Returns the size of a group; files consist of whole groups. */
  int groupBytes() {
    return groupBytes;
  }

  /** Returns the chunk of a byte of a file. */
  long chunkAt(long offset) {
    return ((offset >> groupShift) << chunksShift) + ((offset / BLOCK_BYTES) & chunkMask);
  }

  /** Returns the first chunk of the first group that begins at or after an offset. */
  long firstChunkFrom(long offset) {
    return ((offset + groupBytes - 1) >> groupShift) << chunksShift;
  }

  /** Returns the chunk after the last group that ends at or before an offset. */
  long endChunkUntil(long end) {
    return (end >> groupShift) << chunksShift;
  }
}
