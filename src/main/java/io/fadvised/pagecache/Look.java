package io.fadvised.pagecache;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time that one look at a file may take, and what mincore took of it. What cachestat takes is
 * not counted: it goes on while finding pages costs less than evicting them. What is asked of a
 * probe after the time is over, such as a count after an eviction, is done and counted as spent all
 * the same.
 */
public final class Look {
  private final LongSupplier nanoClock;
  private final Duration time;
  private final LookMemory memory;
  private final long addedBytes;
  private long spentNanos;

  /**
   * A look that is going to be taken.
   *
   * @param time what measuring may take
   * @param memory of the earlier looks at the same file
   */
  public Look(LongSupplier nanoClock, Duration time, LookMemory memory) {
    this(nanoClock, time, memory, Long.MAX_VALUE);
  }

  /**
   * A look at a file of which it is known how much was read and written since the last one.
   *
   * @param addedBytes the most that can have become resident since
   */
  public Look(LongSupplier nanoClock, Duration time, LookMemory memory, long addedBytes) {
    this.nanoClock = nanoClock;
    this.time = time;
    this.memory = memory;
    this.addedBytes = addedBytes;
  }

  /** One that may take as long as it takes. */
  static Look unlimited() {
    return new Look(() -> 0, Duration.ofSeconds(1), new LookMemory(0)); // whose clock stands still
  }

  long addedBytes() {
    return addedBytes;
  }

  LookMemory memory() {
    return memory;
  }

  /** The time begins to run. */
  TimeLimit begin() {
    return new TimeLimit(nanoClock, time.toNanos());
  }

  void spend(TimeLimit begun) {
    spentNanos += begun.spentNanos();
  }

  /** What mincore has taken so far. */
  public Duration spent() {
    return Duration.ofNanos(spentNanos);
  }
}
