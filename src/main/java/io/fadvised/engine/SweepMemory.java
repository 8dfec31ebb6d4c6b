package io.fadvised.engine;

import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.policy.ReadAhead;
import java.util.List;
import java.util.Optional;

/**
 * State that a sweep leaves for the next one of the same attachment. The engine holds it between
 * sweeps and the worker during one, so that only one thread uses it at a time.
 */
final class SweepMemory {
  final MeasuringMemory measuring;
  final ReadBack readBack;

  /** The ends of streams at the last eviction. */
  Optional<ReadAhead> streams = Optional.empty();

  /** True while pages from before direct I/O was switched on are to be evicted. */
  boolean leftOver;

  /** True if the device is a compressed image; empty until an eviction depends on it. */
  Optional<Boolean> compressed = Optional.empty();

  /** Number of evictions in a row that released nothing, on a filesystem that may be in memory. */
  int fruitlessEvictions;

  /** Number of evictions that only serve to write dirty pages before direct I/O is switched on. */
  int forcedWrites;

  /**
   * The parts that the last eviction did not reach, so that its next slice need not locate them
   * again: in 3 GiB of scattered pages that takes longer than a call of posix_fadvise(2).
   */
  List<ByteRange> remaining = List.of();

  SweepMemory(long seed, long nowNanos) {
    measuring = new MeasuringMemory(seed);
    readBack = new ReadBack(seed, nowNanos);
  }
}
