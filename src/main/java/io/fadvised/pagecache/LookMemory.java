package io.fadvised.pagecache;

import java.util.SplittableRandom;

/**
 * What is remembered of the looks at one file: where the next one goes on, and what mincore costs
 * there. Owned by one thread.
 */
public final class LookMemory {
  /** Measured, 6.18, as long as nothing better is known. */
  private static final double FIRST_NANOS_PER_PAGE = 60;

  private static final double LEAST_NANOS_PER_PAGE = 1;

  /** How much the last measurement counts. */
  private static final double NEWS = 0.25;

  /** Calls for fewer pages cost more for the call than for the pages. */
  private static final long TELLING_PAGES = 256;

  private final SplittableRandom random;
  private double nanosPerPage = FIRST_NANOS_PER_PAGE;
  private boolean hasLearnt;
  private long cursor;

  /** Drawn from holes at this look and the last ones, and nothing was resident. */
  private Sample emptyInHoles = Sample.NONE;

  private long addedBytes;

  /**
   * Of no look yet.
   *
   * @param seed makes the choice of samples repeatable
   */
  public LookMemory(long seed) {
    random = new SplittableRandom(seed);
  }

  SplittableRandom random() {
    return random;
  }

  /** The first offset that the last look did not reach in its turn. */
  long cursor() {
    return cursor;
  }

  void moveCursor(long offset) {
    cursor = offset;
  }

  /** Whether {@link #nanosFor} was measured here. */
  boolean hasLearnt() {
    return hasLearnt;
  }

  double nanosFor(long pages) {
    return nanosPerPage * pages;
  }

  /** A call of mincore for so many pages took so long. */
  void learn(long pages, long nanos) {
    if (pages >= TELLING_PAGES) {
      nanosPerPage += (hasLearnt ? NEWS : 1) * ((double) nanos / pages - nanosPerPage);
      nanosPerPage = Math.max(LEAST_NANOS_PER_PAGE, nanosPerPage);
      hasLearnt = true;
    }
  }

  /**
   * How far off a sample of holes may be. If nothing was seen in it, nor in those of earlier looks,
   * all of them count together: since the first of them no more can have come than the device has
   * read, nothing else brings pages into the cache of a hole.
   *
   * @param now drawn at this look
   * @param bytes of the holes
   * @param addedSinceLastLook what can have come since the last look
   */
  long errorInHoles(Sample now, long bytes, long addedSinceLastLook) {
    long alone = now.of(bytes).errorBytes();
    Sample together = now.plus(emptyInHoles);
    long added = addedBytes + Math.min(addedSinceLastLook, Long.MAX_VALUE / 4);
    long error = together.of(bytes).errorBytes() + added;
    boolean counts = now.sum() == 0 && emptyInHoles.pieces() > 0 && error < alone;
    emptyInHoles = now.sum() > 0 ? Sample.NONE : counts ? together : now;
    addedBytes = counts ? added : 0;
    return counts ? error : alone;
  }
}
