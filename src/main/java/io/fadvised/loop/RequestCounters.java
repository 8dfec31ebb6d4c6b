package io.fadvised.loop;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The requests of a block device since it appeared (Documentation/admin-guide/iostats.rst).
 *
 * @param reads completed reads
 * @param readMillis total time of all reads
 * @param writes completed writes
 * @param writeMillis total time of all writes
 * @param busyMillis time with at least one request in flight
 */
public record RequestCounters(
    long reads,
    long readBytes,
    long readMillis,
    long writes,
    long writtenBytes,
    long writeMillis,
    long busyMillis) {
  private static final int SECTOR_BYTES = 512;

  /** Sums of larger numbers could overflow; as sectors, it is two exbibytes. */
  private static final long MAX = 1L << 52;

  private static final int NAME = 2;
  private static final int READS = 0;
  private static final int SECTORS_READ = 2;
  private static final int READ_MILLIS = 3;
  private static final int WRITES = 4;
  private static final int SECTORS_WRITTEN = 6;
  private static final int WRITE_MILLIS = 7;
  private static final int BUSY_MILLIS = 9;

  /** Parses the {@code stat} attribute of a device in sysfs; empty if it is malformed. */
  public static Optional<RequestCounters> parse(String text) {
    return parse(text.strip().split(" +", -1), 0);
  }

  /** Parses /proc/diskstats, by device; ignores malformed lines. */
  public static Map<String, RequestCounters> parseAll(String text) {
    Map<String, RequestCounters> counters = new HashMap<>();
    text.lines()
        .map(line -> line.strip().split(" +", -1))
        .forEach(
            fields ->
                parse(fields, NAME + 1).ifPresent(parsed -> counters.put(fields[NAME], parsed)));
    return counters;
  }

  private static Optional<RequestCounters> parse(String[] fields, int first) {
    if (fields.length <= first + BUSY_MILLIS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RequestCounters(
              number(fields[first + READS]),
              number(fields[first + SECTORS_READ]) * SECTOR_BYTES,
              number(fields[first + READ_MILLIS]),
              number(fields[first + WRITES]),
              number(fields[first + SECTORS_WRITTEN]) * SECTOR_BYTES,
              number(fields[first + WRITE_MILLIS]),
              number(fields[first + BUSY_MILLIS])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long number(String field) {
    long number = Long.parseLong(field);
    if (number < 0 || number > MAX) {
      throw new NumberFormatException(field);
    }
    return number;
  }

  /** Returns the difference to an earlier reading; a counter that went back counts as unchanged. */
  public RequestCounters since(RequestCounters before) {
    return new RequestCounters(
        Math.max(0, reads - before.reads),
        Math.max(0, readBytes - before.readBytes),
        Math.max(0, readMillis - before.readMillis),
        Math.max(0, writes - before.writes),
        Math.max(0, writtenBytes - before.writtenBytes),
        Math.max(0, writeMillis - before.writeMillis),
        Math.max(0, busyMillis - before.busyMillis));
  }

  public long requests() {
    return reads + writes;
  }

  public double millisPerRequest() {
    return perRequest(readMillis + writeMillis);
  }

  public double busyMillisPerRequest() {
    return perRequest(busyMillis);
  }

  public double bytesPerRequest() {
    return perRequest(readBytes + writtenBytes);
  }

  /** Returns the share of writes among the requests, 0 to 1. */
  public double writeShare() {
    return perRequest(writes);
  }

  private double perRequest(long amount) {
    return requests() == 0 ? 0 : (double) amount / requests();
  }
}
