package io.fadvised.engine;

import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.policy.ReadAhead;
import java.util.Optional;

/**
 * What one sweep leaves for the next one of the same attachment. It moves with the job: the engine
 * holds it between sweeps and the worker during one. Never reached by two threads.
 */
final class SweepMemory {
  final MeasuringMemory measuring;
  final ReadBack readBack;

  /** Where streams ended at the last eviction. */
  Optional<ReadAhead> streams = Optional.empty();

  /** True while pages from before direct I/O was switched on are to be evicted. */
  boolean leftOver;

  /** Evictions in a row that released nothing, on a filesystem that may be in memory. */
  int fruitlessEvictions;

  /** First offset that the last eviction did not reach. */
  long resumeAtOffset;

  SweepMemory(long seed, long nowNanos) {
    measuring = new MeasuringMemory(seed);
    readBack = new ReadBack(seed, nowNanos);
  }
}
