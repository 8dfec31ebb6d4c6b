package io.fadvised;

import io.fadvised.engine.Clock;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.policy.Bytes;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Runs a full collection every ten minutes, or earlier once the heap has grown by half, and warns
 * before the heap is full. The serial collector leaves old garbage, such as detached devices and
 * reports, until the maximum heap is full. With devices that come and go the daemon grew by 6 MiB
 * in 45 minutes. A collection took 9 ms with 3 MiB alive; with fifty devices 5 MiB are alive.
 */
final class OldGarbage implements EngineListener {
  static final Duration INTERVAL = Duration.ofMinutes(10);

  /** A collection of 64 MiB takes 0.1 s, a three-hundredth of this. */
  static final Duration MIN_INTERVAL = Duration.ofSeconds(30);

  /** Growth that is collected early; the young generation holds 2 MiB of garbage at any time. */
  private static final double GROWTH = 1.5;

  private static final long YOUNG_BYTES = 2L << 20;

  /** Share of the heap in use just after a collection. The rest is needed to answer commands. */
  private static final double FULL = 0.8;

  private final Clock clock;
  private final Heap heap;
  private final Consumer<String> warnings;
  private long collectedAtNanos;
  private long liveBytes;
  private boolean warned;

  /** The heap of this JVM, or of a test. */
  interface Heap {
    /** Returns the bytes in use, garbage included. */
    long usedBytes();

    long maxBytes();

    /** Runs a full collection. */
    void collect();

    Heap OF_THIS_PROCESS =
        new Heap() {
          @Override
          public long usedBytes() {
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
          }

          @Override
          public long maxBytes() {
            return Runtime.getRuntime().maxMemory();
          }

          @Override
          public void collect() {
            System.gc();
          }
        };
  }

  /**
   * @param warnings receives a line when the heap is nearly full
   */
  OldGarbage(Clock clock, Heap heap, Consumer<String> warnings) {
    this.clock = clock;
    this.heap = heap;
    this.warnings = warnings;
    collectedAtNanos = clock.nanos();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    Duration elapsed = Duration.ofNanos(clock.nanos() - collectedAtNanos);
    if (elapsed.compareTo(INTERVAL) >= 0
        || (elapsed.compareTo(MIN_INTERVAL) >= 0 && hasGrown(heap.usedBytes()))) {
      heap.collect();
      collectedAtNanos = clock.nanos();
      liveBytes = heap.usedBytes();
      warnIfFull(snapshot.devices().size());
    }
  }

  private boolean hasGrown(long usedBytes) {
    return usedBytes > Math.min(GROWTH * liveBytes + YOUNG_BYTES, FULL * heap.maxBytes());
  }

  private void warnIfFull(int devices) {
    boolean full = liveBytes > FULL * heap.maxBytes();
    if (full && !warned) {
      warnings.accept(
          "heap: %s of %s in use with %d devices; when it is full, the daemon exits and is restarted."
                  .formatted(Bytes.text(liveBytes), Bytes.text(heap.maxBytes()), devices)
              + " Set FADVISED_JAVA_OPTS=-Xmx%dm, and a memory limit of three times that"
                  .formatted(2 * (heap.maxBytes() >> 20)));
    }
    warned = full;
  }
}
