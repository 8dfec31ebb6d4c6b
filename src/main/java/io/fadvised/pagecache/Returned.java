package io.fadvised.pagecache;

/**
 * The evicted pages that one measurement of a {@link PageSample} found resident again.
 *
 * @param bytes evicted and resident again, estimated
 * @param errorBytes the estimate's dependence on one stretch: it is too high by up to this much if
 *     only the neighbourhood of that stretch returned
 * @param returnedPages pages of the sample that had been evicted and are resident again
 * @param repeatedPages pages among them that had returned before
 * @param expectedRepeats the number of repeats expected by chance
 */
public record Returned(
    long bytes, long errorBytes, long returnedPages, long repeatedPages, double expectedRepeats) {
  public static final Returned NOTHING = new Returned(0, 0, 0, 0, 0);

  Returned plus(Returned other) {
    return new Returned(
        bytes + other.bytes,
        Math.max(errorBytes, other.errorBytes),
        returnedPages + other.returnedPages,
        repeatedPages + other.repeatedPages,
        expectedRepeats + other.expectedRepeats);
  }
}
