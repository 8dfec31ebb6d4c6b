package io.fadvised.pagecache;

import java.util.SplittableRandom;

/** State that is kept between the measurements of one file. Owned by one thread at a time. */
public final class MeasuringMemory {
  private final SplittableRandom random;

  /**
   * Makes the state before the first measurement.
   *
   * @param seed makes the choice of samples repeatable
   */
  public MeasuringMemory(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Returns the generator that draws other samples at each measurement. */
  SplittableRandom random() {
    return random;
  }
}
