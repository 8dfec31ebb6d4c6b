package io.fadvised.doctor;

import io.avaje.jsonb.Json;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A process whose reads missed the page cache while the host was watched.
 *
 * @param pid in the pid namespace of this process
 * @param name of its program
 * @param missedBytesPerSecond read from block devices
 * @param readBytesPerSecond returned by system calls, without memory maps
 * @param withChildren whether all reads of children that ended meanwhile are included, earlier ones
 *     too
 * @param ioWaitShare share of the time in which its main thread waited for I/O, 0 to 1; empty if it
 *     did not, or the kernel does not count it
 */
@Json
public record ReaderFindings(
    int pid,
    String name,
    double missedBytesPerSecond,
    double readBytesPerSecond,
    boolean withChildren,
    OptionalDouble ioWaitShare) {
  private static final int MAX_READERS = 3;

  /** Less is noise, such as the start of a program. */
  private static final double MIN_BYTES_PER_SECOND = 1 << 20;

  /** Returns the processes with the most misses between two readings, at most three. */
  static List<ReaderFindings> between(Vitals before, Vitals after, Duration elapsed) {
    double seconds = Math.max(0.001, elapsed.toNanos() / 1e9);
    return after.processes().entrySet().stream()
        .map(entry -> since(before.processes(), entry, seconds))
        .filter(reader -> reader.missedBytesPerSecond() >= MIN_BYTES_PER_SECOND)
        .sorted(Comparator.comparingDouble(ReaderFindings::missedBytesPerSecond).reversed())
        .limit(MAX_READERS)
        .toList();
  }

  private static ReaderFindings since(
      Map<Integer, ProcessIo> before, Map.Entry<Integer, ProcessIo> entry, double seconds) {
    ProcessIo now = entry.getValue();
    ProcessIo then = before.get(entry.getKey());
    if (then == null || then.startTicks() != now.startTicks()) {
      then = new ProcessIo(now.name(), now.startTicks(), 0, 0, 0, 0);
    }
    double waited = (now.waitTicks() - then.waitTicks()) / (ProcessIo.TICKS_PER_SECOND * seconds);
    return new ReaderFindings(
        entry.getKey(),
        now.name(),
        Math.max(0, now.missedBytes() - then.missedBytes()) / seconds,
        Math.max(0, now.readBytes() - then.readBytes()) / seconds,
        now.childFaults() > then.childFaults(),
        waited > 0 ? OptionalDouble.of(Math.min(1, waited)) : OptionalDouble.empty());
  }
}
