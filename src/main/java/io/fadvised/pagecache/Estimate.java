package io.fadvised.pagecache;

import static io.fadvised.pagecache.Region.WINDOW_BYTES;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Estimates the residency of ranges that were not counted from pieces drawn at random: their mean
 * resident share, with an error that holds in at least {@value #PROMISED_PERCENT} of 100 cases for
 * any distribution of the resident pages. The error is two standard errors after two empty and two
 * full pieces were added (Agresti and Coull). Equal pieces do not count as certainty: after n empty
 * ones up to 5/n of the whole may be resident.
 */
final class Estimate {
  static final int PROMISED_PERCENT = 95;

  /** mincore takes 1.3 µs for one page and 1.6 to 1.9 µs for 16 of them (measured, 6.18). */
  private static final int PIECE_BYTES = 64 << 10;

  /** Takes 0.5 ms. */
  private static final int BATCH = 256;

  /** Take 0.1 to 0.2 s; at a share of one tenth the error is then 0.2 % of the file. */
  private static final int MAX_PIECES = 1 << 16;

  private static final int ADDED_OF_EACH = 2;
  private static final double STANDARD_ERRORS = 2;

  /** A piece with resident pages, and the range that it was drawn from. */
  private record Hit(long offset, ByteRange range, double share) {}

  private final Kernel kernel;
  private final OpenFile file;
  private final List<ByteRange> ranges;
  private final long bytes;
  private final List<Hit> hits = new ArrayList<>();
  private int pieces;

  /**
   * Draws pieces.
   *
   * @param ranges to estimate, in the order of the file
   * @param nanos the maximum time; half of it if fewer pages seem resident than could be evicted
   *     meanwhile
   */
  Estimate(
      Kernel kernel,
      OpenFile file,
      List<ByteRange> ranges,
      SplittableRandom random,
      long nanos,
      LongSupplier nanoClock)
      throws KernelException {
    this.kernel = kernel;
    this.file = file;
    this.ranges = ranges;
    bytes = ranges.stream().mapToLong(ByteRange::length).sum();
    long start = nanoClock.getAsLong();
    long worth = nanos;
    while (bytes > 0 && pieces < MAX_PIECES && nanoClock.getAsLong() - start < worth) {
      drawBatch(random);
      long pages = residency().residentBytes() / kernel.pageBytes();
      worth = Math.min(nanos, Math.max(nanos / 2, pages * Evictor.NANOS_PER_PAGE));
    }
  }

  /** Returns the estimate over all ranges, with its error. */
  Residency residency() {
    return residency(bytes, pieces, hits.stream().mapToDouble(Hit::share).toArray());
  }

  /** Returns the estimate after an eviction; measures only the pieces that had resident pages. */
  Residency again() throws KernelException {
    long[] offsets = hits.stream().mapToLong(Hit::offset).sorted().toArray();
    return residency(bytes, pieces, sharesAt(offsets));
  }

  /** Returns the windows of pieces with resident pages. */
  List<Region> regions() {
    Map<ByteRange, Double> resident = new TreeMap<>(Comparator.comparingLong(ByteRange::offset));
    for (Hit hit : hits) {
      ByteRange window = hit.range().around(hit.offset(), WINDOW_BYTES);
      resident.merge(window, hit.share() * bytes / pieces, Double::sum);
    }
    List<Region> regions = new ArrayList<>();
    resident.forEach(
        (window, estimate) -> {
          long length = window.length();
          long bytes = Math.min(length, estimate.longValue());
          regions.add(new Region(window, Residency.ofEstimate(bytes, length, length)));
        });
    return regions;
  }

  private void drawBatch(SplittableRandom random) throws KernelException {
    long[] positions = random.longs(BATCH, 0, (bytes + PIECE_BYTES - 1) / PIECE_BYTES).toArray();
    Arrays.sort(positions);
    long[] offsets = new long[BATCH];
    ByteRange[] drawnFrom = new ByteRange[BATCH];
    int range = 0;
    long before = 0; // bytes of the ranges before that one
    for (int i = 0; i < BATCH; i++) {
      long position = positions[i] * PIECE_BYTES;
      while (position >= before + ranges.get(range).length()) {
        before += ranges.get(range).length();
        range++;
      }
      drawnFrom[i] = ranges.get(range);
      offsets[i] = drawnFrom[i].offset() + position - before;
    }
    double[] shares = sharesAt(offsets);
    for (int i = 0; i < BATCH; i++) {
      if (shares[i] > 0) {
        hits.add(new Hit(offsets[i], drawnFrom[i], shares[i]));
      }
    }
    pieces += BATCH;
  }

  private double[] sharesAt(long[] offsets) throws KernelException {
    int[] pages = kernel.residentPages(file, offsets, PIECE_BYTES);
    return Arrays.stream(pages)
        .mapToDouble(count -> (double) count * kernel.pageBytes() / PIECE_BYTES)
        .toArray();
  }

  /**
   * Returns the estimate from a number of pieces.
   *
   * @param bytes length of the ranges that they were drawn from
   * @param pieces their number, empty ones included
   * @param shares the resident shares of those that are not empty
   */
  static Residency residency(long bytes, int pieces, double[] shares) {
    if (bytes == 0) {
      return Residency.ofResident(0);
    }
    double sum = Arrays.stream(shares).sum();
    double sumOfSquares = Arrays.stream(shares).map(share -> share * share).sum();
    double share = sum / pieces;
    double count = pieces + 2.0 * ADDED_OF_EACH;
    double mean = (sum + ADDED_OF_EACH) / count;
    double variance = Math.max(0, (sumOfSquares + ADDED_OF_EACH) / count - mean * mean);
    double half = STANDARD_ERRORS * Math.sqrt(variance / count);
    double error = Math.max(Math.min(1, mean + half) - share, share - Math.max(0, mean - half));
    return Residency.ofEstimate(Math.round(share * bytes), Math.round(error * bytes), bytes);
  }
}
