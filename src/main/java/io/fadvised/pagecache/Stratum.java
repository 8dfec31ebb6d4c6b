package io.fadvised.pagecache;

import java.util.List;

/**
 * A part of a file that is estimated.
 *
 * @param stretches all of it
 * @param sample of pieces drawn from it
 * @param hits those pieces that were resident
 * @param pieceBytes length of each piece
 * @param mostErrorBytes that the estimate is not farther off is known from elsewhere
 */
record Stratum(
    Stretches stretches,
    Sample sample,
    List<Sampler.Hit> hits,
    int pieceBytes,
    long mostErrorBytes) {

  Stratum withErrorAtMost(long bytes) {
    return new Stratum(stretches, sample, hits, pieceBytes, bytes);
  }

  Residency residency() {
    return residencyBy(sample);
  }

  /** By another look at the same pieces. */
  Residency residencyBy(Sample again) {
    Residency estimate = again.of(stretches.bytes());
    return Residency.ofEstimate(
        estimate.residentBytes(),
        Math.min(estimate.errorBytes(), mostErrorBytes),
        estimate.unmeasuredBytes());
  }

  /** For how many bytes each byte that was sampled stands. */
  double weight() {
    return (double) stretches.bytes() / (sample.pieces() * pieceBytes);
  }
}
