package io.fadvised.pagecache;

import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws small pieces from stretches of a file, each as likely as any other, until the time is over
 * or it is no longer worth it.
 */
final class Sampler {
  private static final int FIRST_BATCH = 64;
  private static final int LARGEST_BATCH = 512;

  /** 0.1 to 0.2 s; of a share of one tenth the error is then 0.2 % of the file. */
  private static final int MOST_PIECES = 1 << 16;

  /** Counts resident pages in pieces of one length. */
  @FunctionalInterface
  interface Counter {
    int[] count(OpenFile file, long[] offsets) throws KernelException;
  }

  /** A piece with something resident. */
  record Hit(long offset, long bytes) {}

  private final Counter counter;
  private final int pieceBytes;
  private final int pageBytes;
  private final SplittableRandom random;
  private final List<Hit> hits = new ArrayList<>();
  private Sample sample = Sample.NONE;

  Sampler(Counter counter, int pieceBytes, int pageBytes, SplittableRandom random) {
    this.counter = counter;
    this.pieceBytes = pieceBytes;
    this.pageBytes = pageBytes;
    this.random = random;
  }

  /** What was drawn so far. */
  Sample sample() {
    return sample;
  }

  /** The same, with the stretches that all of it was drawn from. */
  Stratum stratum(Stretches stretches) {
    return new Stratum(stretches, sample, hits, pieceBytes, Long.MAX_VALUE);
  }

  List<Hit> hits() {
    return hits;
  }

  /**
   * Draws.
   *
   * @param limit what it may take
   * @param leastNanos what it may take if nothing is found
   * @param worthNanosPerPage beyond that it goes on only as long as it has taken less than so much
   *     for each resident page that there seems to be
   */
  void draw(
      OpenFile file, Stretches stretches, TimeLimit limit, long leastNanos, int worthNanosPerPage)
      throws KernelException {
    int batch = FIRST_BATCH;
    while (!stretches.isEmpty() && batch > 0 && sample.pieces() < MOST_PIECES) {
      drawBatch(file, stretches, batch);
      long pages = Math.round(sample.share() * stretches.bytes() / pageBytes);
      long worth = Math.min(limit.nanos(), Math.max(leastNanos, pages * worthNanosPerPage));
      long spent = Math.max(1, limit.spentNanos());
      batch = (int) Math.min(LARGEST_BATCH, (worth - spent) * sample.pieces() / spent);
    }
  }

  /** Draws so many. */
  void draw(OpenFile file, Stretches stretches, int pieces) throws KernelException {
    for (int left = pieces; left > 0; left -= LARGEST_BATCH) {
      drawBatch(file, stretches, Math.min(left, LARGEST_BATCH));
    }
  }

  private void drawBatch(OpenFile file, Stretches stretches, int batch) throws KernelException {
    long pieces = (stretches.bytes() + pieceBytes - 1) / pieceBytes;
    long[] offsets = new long[batch];
    for (int i = 0; i < batch; i++) {
      offsets[i] = stretches.offsetOf(random.nextLong(pieces) * pieceBytes);
    }
    Arrays.sort(offsets);
    int[] pages = counter.count(file, offsets);
    for (int i = 0; i < batch; i++) {
      long bytes = (long) pages[i] * pageBytes;
      sample = sample.plus((double) bytes / pieceBytes);
      if (bytes > 0) {
        hits.add(new Hit(offsets[i], bytes));
      }
    }
  }
}
