package io.fadvised.pagecache;

/**
 * What a {@link PageSample} saw of evicted pages at one look.
 *
 * @param bytes evicted and resident again, estimated: what the pages that returned stand for
 * @param errorBytes how much of that rests on one stretch alone, beyond what was seen of it: by so
 *     much it is too high where only the neighbourhood of that stretch came back
 * @param returnedPages pages of the sample that had been evicted and are resident again
 * @param repeatedPages those of them that had come back once before
 * @param expectedRepeats how many of them would have come back before if the pages that return were
 *     drawn blindly
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
