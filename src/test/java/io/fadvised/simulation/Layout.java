package io.fadvised.simulation;

/**
 * Which part of a file each chunk is. A chunk comes and goes as a whole, and random access leaves
 * no whole chunks in the page cache: so a chunk is not one piece but blocks that lie in turns with
 * those of its neighbours, within a group of chunks. Every mebibyte of a file then holds a part of
 * each chunk of its group, and can be resident by any sixteenth (with chunks of 256 KiB).
 */
final class Layout {
  /** As large as the regions that the engine measures and evicts. */
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

  /** Files are made of whole groups. */
  int groupBytes() {
    return groupBytes;
  }

  /** The chunk that a byte of a file belongs to. */
  long chunkAt(long offset) {
    return ((offset >> groupShift) << chunksShift) + ((offset / BLOCK_BYTES) & chunkMask);
  }

  /** The first chunk of the group that begins at that offset, or after it. */
  long firstChunkFrom(long offset) {
    return ((offset + groupBytes - 1) >> groupShift) << chunksShift;
  }

  /** The chunk after those of the groups that end at that offset, or before it. */
  long endChunkUntil(long end) {
    return (end >> groupShift) << chunksShift;
  }
}
