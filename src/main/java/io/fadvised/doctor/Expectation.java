package io.fadvised.doctor;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Predicts the effect of direct I/O by the load of a device and its disk. The counters do not show
 * whether requests are sequential: in the measurements behind these words, the kernel merged at
 * most one of 150,000 requests of a loop device, sequential or not.
 */
final class Expectation {
  /** Read-ahead and writeback of the filesystem on the device make requests larger than this. */
  private static final long SMALL_BYTES = 64 << 10;

  private Expectation() {}

  /** Returns one sentence; empty for an idle device. */
  static Optional<String> of(DiskLoad load, Optional<DiskLoad> disk, Duration watched) {
    double seconds = watched.toMillis() / 1000.0;
    if (!load.isActive()) {
      return Optional.empty();
    }
    if (!load.isSufficient(seconds)) {
      long requests = Math.round(load.requestsPerSecond() * seconds);
      return Optional.of(
          String.format(
              Locale.ROOT,
              "too little I/O to tell whether direct I/O is faster: %d %s in %.0f s, fewer than %d",
              requests,
              requests == 1 ? "request" : "requests",
              seconds,
              DiskLoad.MIN_REQUESTS));
    }
    boolean writes = load.writeShare() > 0.5;
    if (!writes && isServedBelow(load, disk)) {
      return Optional.of(
          "mostly reads that the lower cache answers: direct I/O sends them to the disk (2 to 7 times"
              + " as long when measured), unless it frees enough memory to keep them in the upper cache");
    }
    if ((writes ? load.bytesPerWrite() : load.bytesPerRead()) >= SMALL_BYTES) {
      return Optional.of("mostly large requests: with direct I/O as fast or faster when measured");
    }
    return Optional.of(
        writes
            ? "mostly small writes: with direct I/O, O_DIRECT writes without fsync took 3 to 6 times as"
                + " long when measured, and those with fsync as long or less"
            : "mostly small reads: with direct I/O, sequential ones with O_DIRECT took 5 to 8 times as"
                + " long when measured, and random ones as long (the counters do not tell them apart)");
  }

  /** The disk reads at least what the lower cache does not have. */
  private static boolean isServedBelow(DiskLoad load, Optional<DiskLoad> disk) {
    return disk.filter(below -> below.bytesPerSecond() < load.bytesPerSecond() / 2).isPresent();
  }
}
