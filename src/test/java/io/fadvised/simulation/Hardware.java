package io.fadvised.simulation;

/**
 * A machine, and what its parts take. Times are for blocks of {@link #BLOCK_BYTES}, as fio read and
 * wrote them on a machine of 2 CPUs with a virtio disk, ext4 on a loop device over ext4, Linux
 * 6.18.
 *
 * @param cpus number of CPUs
 * @param memoryBytes memory that is there for page cache and programs
 * @param chunkBytes how much of a file comes and goes as a whole: a power of two, 64 KiB or more
 */
record Hardware(int cpus, long memoryBytes, int chunkBytes) {
  static final int BLOCK_BYTES = 16 << 10;

  /** A buffered read of what is resident: 3.1 to 3.5 µs (measured). */
  static final long READ_NANOS = 3_200;

  /**
   * A buffered write: 13 to 14 µs, from what direct I/O left over for it in the runs of 95/5 and
   * 70/30 (kernel-facts); 20 to 45 µs in other runs.
   */
  static final long WRITE_NANOS = 8_500;

  /** Through the loop's worker and back, lower copy resident: 53 to 75 µs (measured). */
  static final long LOOP_NANOS = 55_000;

  /** The part of it that is spent on a CPU; an estimate. */
  static final long LOOP_CPU_NANOS = 15_000;

  /** From the disk: 74 µs for one reader, 103 µs each for two (measured). */
  static final long DISK_READ_NANOS = 80_000;

  /** What the disk can do of such at most: 35,000 a second (measured, 16 at a time). */
  static final long DISK_RANDOM_BYTES_PER_SECOND = 570_000_000;

  /** In sequence: 1.3 GB/s (measured), through a loop device as well. */
  static final long DISK_BYTES_PER_SECOND = 1_300_000_000;

  /**
   * Writing back random blocks, also through a loop device with direct I/O: 1.1 GB/s (measured).
   */
  static final long DISK_WRITE_BYTES_PER_SECOND = 1_100_000_000;

  /** Through a buffered one, whose worker copies: 0.77 GB/s (measured). */
  static final long LOOP_WRITE_BYTES_PER_SECOND = 770_000_000;

  /** A block written and made safe through the loop: 1.2 ms (measured). */
  static final long FSYNC_NANOS = 1_200_000;

  /** Writing back one block costs so much CPU: 13 µs in all through a buffered loop (measured). */
  static final long WRITEBACK_CPU_NANOS = 5_000;

  static final long LOOP_WRITE_CPU_NANOS = 8_000;

  Hardware {
    if (Integer.bitCount(chunkBytes) != 1 || chunkBytes < 64 << 10) {
      throw new IllegalArgumentException("chunks of " + chunkBytes);
    }
  }

  /** With chunks of the size of a huge page: coarse, and fast to simulate. */
  static Hardware of(int cpus, long memoryBytes) {
    return new Hardware(cpus, memoryBytes, 256 << 10);
  }

  int blocksPerChunk() {
    return chunkBytes / BLOCK_BYTES;
  }
}
