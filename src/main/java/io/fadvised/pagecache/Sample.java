package io.fadvised.pagecache;

/**
 * What small pieces of a file, each drawn at random, told of all of it: an estimate and its error.
 *
 * <p>The estimate is the mean resident share of the pieces. The error is of an interval around it
 * that holds the true share in at least {@value #PROMISED_PERCENT} of 100 cases, however the
 * resident pages lie: two standard errors after two pieces were added that are empty and two that
 * are full (the method of Agresti and Coull, here for shares). Those four see to it that a few
 * pieces, or many that are all alike, do not pass for certainty: where n pieces were all empty, up
 * to 5/n of the file may be resident.
 *
 * @param pieces how many were looked at
 * @param sum of their resident shares
 * @param sumOfSquares of the same
 */
record Sample(long pieces, double sum, double sumOfSquares) {
  static final int PROMISED_PERCENT = 95;

  static final Sample NONE = new Sample(0, 0, 0);

  /** Added empty, and added full. */
  private static final int ADDED_OF_EACH = 2;

  private static final double STANDARD_ERRORS = 2;

  Sample plus(double share) {
    return new Sample(pieces + 1, sum + share, sumOfSquares + share * share);
  }

  /** Of what was drawn at two looks. */
  Sample plus(Sample other) {
    return new Sample(pieces + other.pieces, sum + other.sum, sumOfSquares + other.sumOfSquares);
  }

  /** The estimate; 0 if nothing was looked at. */
  double share() {
    return pieces == 0 ? 0 : sum / pieces;
  }

  /** How far off the estimate may be. */
  double error() {
    double count = pieces + 2 * ADDED_OF_EACH;
    double mean = (sum + ADDED_OF_EACH) / count;
    double variance = (sumOfSquares + ADDED_OF_EACH) / count - mean * mean;
    double half = STANDARD_ERRORS * Math.sqrt(Math.max(0, variance) / count);
    return Math.max(Math.min(1, mean + half) - share(), share() - Math.max(0, mean - half));
  }

  /** Of a stretch of which the pieces were drawn. */
  Residency of(long bytes) {
    return bytes == 0
        ? Residency.ofResident(0)
        : Residency.ofEstimate(Math.round(share() * bytes), Math.round(error() * bytes), bytes);
  }
}
