package io.fadvised.doctor;

import io.avaje.jsonb.Json;

/**
 * The load of a block device between two readings.
 *
 * @param requestsPerSecond completed reads and writes
 * @param bytesPerSecond bytes read and written
 * @param millisPerRequest mean time of a request; 0 without requests
 * @param busyShare share of the time with at least one request in flight, 0 to 1
 */
@Json
public record DiskLoad(
    double requestsPerSecond, double bytesPerSecond, double millisPerRequest, double busyShare) {

  public boolean isActive() {
    return requestsPerSecond > 0;
  }
}
