package io.fadvised.doctor;

/**
 * What a block device did while it was watched.
 *
 * @param requestsPerSecond reads and writes completed
 * @param bytesPerSecond read and written
 * @param millisPerRequest how long one took, on average; 0 if there was none
 * @param busyShare of the time with at least one on its way, 0 to 1
 */
public record DiskLoad(
    double requestsPerSecond, double bytesPerSecond, double millisPerRequest, double busyShare) {

  /** Whether it did anything. */
  public boolean isActive() {
    return requestsPerSecond > 0;
  }
}
