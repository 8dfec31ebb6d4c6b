package io.fadvised.pagecache;

import java.util.SplittableRandom;

/** Kept between the measurements of one file. Owned by one thread at a time. */
public final class MeasuringMemory {
  private final SplittableRandom random;

  /**
   * A memory without a measurement.
   *
   * @param seed makes the choice of samples repeatable
   */
  public MeasuringMemory(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Draws other samples at each measurement. */
  SplittableRandom random() {
    return random;
  }
}
