package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import io.fadvised.loop.RequestCounters;
import java.time.Duration;
import java.util.Optional;

/**
 * The load of a block device between two readings.
 *
 * @param requestsPerSecond completed reads and writes
 * @param bytesPerSecond bytes read and written
 * @param millisPerRequest mean time of a request; 0 without requests
 * @param millisPerRead mean time of a read; 0 without reads
 * @param millisPerWrite mean time of a write; 0 without writes
 * @param inFlight mean number of requests in flight
 * @param busyShare share of the time with at least one request in flight, 0 to 1
 * @param writeShare share of writes among the requests, 0 to 1
 * @param bytesPerRead mean size of a read; 0 without reads
 * @param bytesPerWrite mean size of a write; 0 without writes
 */
@Json
public record DiskLoad(
    double requestsPerSecond,
    double bytesPerSecond,
    double millisPerRequest,
    double millisPerRead,
    double millisPerWrite,
    double inFlight,
    double busyShare,
    double writeShare,
    long bytesPerRead,
    long bytesPerWrite) {

  /** A share of 100 requests is known to ten points, with a confidence of 95 %. */
  public static final int MIN_REQUESTS = 100;

  /** In less time than this, a single request would pass for a high rate. */
  private static final Duration MIN_WATCHED = Duration.ofMillis(500);

  /** Returns the load between two readings; empty if too little time passed between them. */
  static Optional<DiskLoad> between(RequestCounters first, RequestCounters last, Duration elapsed) {
    return elapsed.compareTo(MIN_WATCHED) < 0
        ? Optional.empty()
        : Optional.of(of(last.since(first), elapsed));
  }

  static DiskLoad of(RequestCounters done, Duration elapsed) {
    double seconds = Math.max(0.001, elapsed.toNanos() / 1e9);
    return new DiskLoad(
        done.requests() / seconds,
        (done.readBytes() + done.writtenBytes()) / seconds,
        done.millisPerRequest(),
        (double) done.readMillis() / Math.max(1, done.reads()),
        (double) done.writeMillis() / Math.max(1, done.writes()),
        (done.readMillis() + done.writeMillis()) / (seconds * 1000), // by Little's law
        Math.min(1, done.busyMillis() / (seconds * 1000)),
        done.writeShare(),
        done.readBytes() / Math.max(1, done.reads()),
        done.writtenBytes() / Math.max(1, done.writes()));
  }

  /** Returns whether there were enough requests in this time to judge them. */
  public boolean isSufficient(double seconds) {
    return Math.round(requestsPerSecond * seconds) >= MIN_REQUESTS; // both were rounded
  }

  public boolean isActive() {
    return requestsPerSecond > 0;
  }
}
