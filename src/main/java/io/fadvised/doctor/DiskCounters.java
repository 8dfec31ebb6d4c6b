package io.fadvised.doctor;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The I/O of a block device since it appeared (Documentation/admin-guide/iostats.rst).
 *
 * @param requests completed reads and writes
 * @param bytes bytes read and written
 * @param requestMillis total time of all requests
 * @param busyMillis time with at least one request in flight
 */
record DiskCounters(long requests, long bytes, long requestMillis, long busyMillis) {
  private static final int SECTOR_BYTES = 512;

  private static final int NAME = 2;
  private static final int READS = 3;
  private static final int SECTORS_READ = 5;
  private static final int READ_MILLIS = 6;
  private static final int WRITES = 7;
  private static final int SECTORS_WRITTEN = 9;
  private static final int WRITE_MILLIS = 10;
  private static final int BUSY_MILLIS = 12;

  /** Parses /proc/diskstats; ignores malformed lines. */
  static Map<String, DiskCounters> parse(String text) {
    Map<String, DiskCounters> counters = new HashMap<>();
    text.lines()
        .map(line -> line.strip().split(" +", -1))
        .filter(fields -> fields.length > BUSY_MILLIS)
        .forEach(fields -> parse(fields, counters));
    return counters;
  }

  private static void parse(String[] fields, Map<String, DiskCounters> counters) {
    try {
      counters.put(
          fields[NAME],
          new DiskCounters(
              sum(fields, READS, WRITES),
              sum(fields, SECTORS_READ, SECTORS_WRITTEN) * SECTOR_BYTES,
              sum(fields, READ_MILLIS, WRITE_MILLIS),
              Long.parseLong(fields[BUSY_MILLIS])));
    } catch (NumberFormatException e) {
      // ignored
    }
  }

  private static long sum(String[] fields, int one, int other) {
    return Long.parseLong(fields[one]) + Long.parseLong(fields[other]);
  }

  /** Returns the load since an earlier reading. */
  DiskLoad since(DiskCounters before, Duration elapsed) {
    double seconds = Math.max(0.001, elapsed.toNanos() / 1e9);
    long done = Math.max(0, requests - before.requests);
    return new DiskLoad(
        done / seconds,
        Math.max(0, bytes - before.bytes) / seconds,
        done == 0 ? 0 : (double) Math.max(0, requestMillis - before.requestMillis) / done,
        Math.min(1, Math.max(0, busyMillis - before.busyMillis) / (seconds * 1000)));
  }
}
