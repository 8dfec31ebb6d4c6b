package io.fadvised.directio;

/**
 * The result of fitting the sectors of a device to its storage.
 *
 * @param sectorBytes the sector size of the device from now on
 * @param words the result for people
 */
public record Fit(State state, int sectorBytes, String words) {
  /** States of a device whose sectors are too small for direct I/O. */
  public enum State {
    /** The sectors fit, and direct I/O is on. */
    DONE,
    /** A dry run found no obstacle. */
    POSSIBLE,
    /** There is an obstacle that may pass. */
    LATER,
    /** The sectors have to stay as they are. */
    NEVER
  }
}
