package io.fadvised.pagecache;

/**
 * What a {@link PageSample} saw of evicted pages at one look.
 *
 * @param bytes evicted and resident again, estimated: what the pages that returned stand for
 * @param returnedPages pages of the sample that had been evicted and are resident again
 * @param repeatedPages those of them that had come back once before
 * @param expectedRepeats how many of them would have come back before if the pages that return were
 *     drawn blindly
 */
public record Returned(long bytes, long returnedPages, long repeatedPages, double expectedRepeats) {
  public static final Returned NOTHING = new Returned(0, 0, 0, 0);

  Returned plus(Returned other) {
    return new Returned(
        bytes + other.bytes,
        returnedPages + other.returnedPages,
        repeatedPages + other.repeatedPages,
        expectedRepeats + other.expectedRepeats);
  }
}
