package io.fadvised.simulation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A program of one or more threads. Each thread begins its next I/O a think time after the last one
 * has ended.
 */
final class Program {
  /** The next I/O of a thread. */
  @FunctionalInterface
  interface Step {
    /** Reads or writes one chunk; returns its time in ns, or {@link Storage#THROTTLED}. */
    long next();
  }

  /** The times at which a program runs. */
  record Hours(long startNanos, long periodNanos, long busyNanos) {
    static final Hours ALWAYS = new Hours(0, 1, 1);

    /** Returns the beginning of each period, from the start on. */
    static Hours of(double startSeconds, double periodSeconds, double busySeconds) {
      return new Hours(
          (long) (startSeconds * 1e9), (long) (periodSeconds * 1e9), (long) (busySeconds * 1e9));
    }

    /** Returns the first {@code seconds}. */
    static Hours until(double seconds) {
      return new Hours(0, Long.MAX_VALUE, (long) (seconds * 1e9));
    }

    private boolean areOver(long nanos) {
      return periodNanos == Long.MAX_VALUE && nanos >= startNanos + busyNanos;
    }

    boolean include(long nanos) {
      return nanos >= startNanos && (nanos - startNanos) % periodNanos < busyNanos;
    }
  }

  private final String words;
  private final Step step;
  private final Hours hours;
  private final long[] readyAtNanos;
  private final int chunkBytes;
  private final long thinkNanos;
  private long doneBytes;

  Program(
      Hardware hardware,
      String words,
      int threads,
      long thinkNanosPerBlock,
      Hours hours,
      Step step) {
    this.words = words;
    this.step = step;
    this.hours = hours;
    chunkBytes = hardware.chunkBytes();
    thinkNanos = thinkNanosPerBlock * hardware.blocksPerChunk();
    readyAtNanos = new long[threads];
  }

  /** Runs from {@code from} until {@code until}; a longer I/O ends in a later slice. */
  void run(long from, long until) {
    if (!hours.include(from)) {
      Arrays.fill(readyAtNanos, until);
      return;
    }
    for (int thread = 0; thread < readyAtNanos.length; thread++) {
      long at = Math.max(from, readyAtNanos[thread]);
      while (at < until) {
        long took = step.next();
        if (took == Storage.THROTTLED) {
          at = until;
        } else {
          at += took + thinkNanos;
          doneBytes += chunkBytes;
        }
      }
      readyAtNanos[thread] = at;
    }
  }

  /** Returns whether it never runs again. */
  boolean isOver(long nanos) {
    return hours.areOver(nanos);
  }

  long doneBytes() {
    return doneBytes;
  }

  @Override
  public String toString() {
    return words;
  }

  /**
   * Returns random I/O in the first {@code bytes}.
   *
   * @param reads fraction of reads among reads and writes
   * @param skew the exponent of the random number that is the rank of a chunk; 1 is uniform, and
   *     higher values make few chunks hotter
   */
  static Step random(
      Storage storage,
      Hardware hardware,
      SplittableRandom random,
      long bytes,
      double reads,
      int skew) {
    long chunks = Math.max(1, Math.min(storage.chunks(), bytes / hardware.chunkBytes()));
    long multiplier = multiplier(chunks);
    return () -> {
      double rank = 1;
      double draw = random.nextDouble();
      for (int i = 0; i < skew; i++) {
        rank *= draw;
      }
      long chunk = ((long) (rank * chunks)) * multiplier % chunks;
      return random.nextDouble() < reads ? storage.read(chunk, false) : storage.write(chunk);
    };
  }

  /** Returns I/O of the first {@code bytes} in sequence, repeated from the start. */
  static Step stream(Storage storage, Hardware hardware, long bytes, boolean writes) {
    long chunks = Math.max(1, Math.min(storage.chunks(), bytes / hardware.chunkBytes()));
    long[] next = {0};
    return () -> {
      long chunk = next[0] % chunks;
      long took = writes ? storage.write(chunk) : storage.read(chunk, true);
      next[0] += took == Storage.THROTTLED ? 0 : 1;
      return took;
    };
  }

  /** Returns small sequential writes with fsync(2), as in a database's log. */
  static Step log(Storage storage, Hardware hardware, long bytes) {
    long chunks = Math.max(1, Math.min(storage.chunks(), bytes / hardware.chunkBytes()));
    long[] next = {0};
    return () -> storage.writeSafely(next[0]++ % chunks);
  }

  /** Returns the multiplier of a permutation that separates neighbours in rank. */
  private static long multiplier(long chunks) {
    long multiplier = (long) (chunks * 0.618) | 1;
    while (greatestCommonDivisor(multiplier, chunks) != 1) {
      multiplier += 2;
    }
    return multiplier;
  }

  private static long greatestCommonDivisor(long a, long b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
