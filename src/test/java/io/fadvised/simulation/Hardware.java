package io.fadvised.simulation;

/**
 * The size of a machine, and the times of its operations. Times are for blocks of {@link
 * #BLOCK_BYTES}, as measured with fio on a machine of 2 CPUs with a virtio disk, ext4 on a loop
 * device over ext4, Linux 6.18.
 *
 * @param cpus number of CPUs
 * @param memoryBytes memory for page cache and programs
 * @param chunkBytes unit of caching and eviction: a power of two, 64 KiB or more
 */
record Hardware(int cpus, long memoryBytes, int chunkBytes) {
  static final int BLOCK_BYTES = 16 << 10;

  /** A buffered read of a resident block: 3.1 to 3.5 µs (measured). */
  static final long READ_NANOS = 3_200;

  /**
   * A buffered write: 13 to 14 µs, derived from the runs of 95/5 and 70/30 with direct I/O
   * (kernel-facts); 20 to 45 µs in other runs.
   */
  static final long WRITE_NANOS = 8_500;

  /** A request to the loop's worker and back, lower copy resident: 53 to 75 µs (measured). */
  static final long LOOP_NANOS = 55_000;

  /** The CPU time of such a request; an estimate. */
  static final long LOOP_CPU_NANOS = 15_000;

  /** A read from the disk: 74 µs for one reader, 103 µs each for two (measured). */
  static final long DISK_READ_NANOS = 80_000;

  /** Maximum of random reads: 35,000 a second (measured, 16 at a time). */
  static final long DISK_RANDOM_BYTES_PER_SECOND = 570_000_000;

  /** Reads in sequence: 1.3 GB/s (measured), also through a loop device. */
  static final long DISK_BYTES_PER_SECOND = 1_300_000_000;

  /**
   * Writeback of random blocks, also through a loop device with direct I/O: 1.1 GB/s (measured).
   */
  static final long DISK_WRITE_BYTES_PER_SECOND = 1_100_000_000;

  /** Writeback through a buffered loop device, whose worker copies: 0.77 GB/s (measured). */
  static final long LOOP_WRITE_BYTES_PER_SECOND = 770_000_000;

  /** A block written through the loop with fsync(2): 1.2 ms (measured). */
  static final long FSYNC_NANOS = 1_200_000;

  /** CPU time of writing back a block: 13 µs in all through a buffered loop (measured). */
  static final long WRITEBACK_CPU_NANOS = 5_000;

  static final long LOOP_WRITE_CPU_NANOS = 8_000;

  Hardware {
    if (Integer.bitCount(chunkBytes) != 1 || chunkBytes < 64 << 10) {
      throw new IllegalArgumentException("chunks of " + chunkBytes);
    }
  }

  /** Returns a machine with chunks of 256 KiB: coarse, and fast to simulate. */
  static Hardware of(int cpus, long memoryBytes) {
    return new Hardware(cpus, memoryBytes, 256 << 10);
  }

  int blocksPerChunk() {
    return chunkBytes / BLOCK_BYTES;
  }
}
