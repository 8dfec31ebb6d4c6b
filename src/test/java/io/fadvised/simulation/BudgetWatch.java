package io.fadvised.simulation;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason.Code;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Watches how far the lower cache exceeds its limit: the budget, the bytes added within two
 * measurements, and unwritten bytes, which no eviction can release. Devices that are skipped or
 * paused because evicted pages were read back are not counted.
 */
final class BudgetWatch implements EngineListener {
  private static final Set<Code> NOT_COUNTED = EnumSet.of(Code.SKIPPED, Code.PAUSED);

  /** Evictions until a device that was paused or evicted carefully is counted again. */
  private static final int MAX_EVICTIONS_AFTER_PAUSE = 2;

  /** The state of a file at a tick. */
  private record FileThen(long addedBytes, long unwrittenBytes) {}

  /** The state of the host at a tick. */
  private record Then(long atNanos, long budgetBytes, Map<CachedFile, FileThen> files) {}

  private final SimulatedHost host;
  private final long withinNanos;
  private final long settledAtNanos;
  private final Map<CachedFile, Integer> uncountedEvictions = new LinkedHashMap<>();
  private final Deque<Then> recently = new ArrayDeque<>();
  private long maxExcessBytes;
  private String maxExcess = "";

  /**
   * @param withinSeconds time for two measurements, and for a smaller budget to take effect
   * @param settleSeconds time from now on during which nothing is checked
   */
  BudgetWatch(SimulatedHost host, double withinSeconds, int settleSeconds) {
    this.host = host;
    withinNanos = (long) (withinSeconds * 1e9);
    settledAtNanos = host.nowNanos() + settleSeconds * 1_000_000_000L;
    host.loops().forEach(loop -> uncountedEvictions.put(loop.lower(), 0));
  }

  /** Returns the maximum excess over the limit; 0 if there was none. */
  long maxExcessBytes() {
    return maxExcessBytes;
  }

  /** Describes the moment of the maximum excess. */
  String maxExcess() {
    return maxExcess;
  }

  @Override
  public void swept(SweepReport sweep) {
    boolean spared = NOT_COUNTED.contains(sweep.reason().code()) || sweep.backoff().isCareful();
    boolean released = sweep.eviction().filter(done -> done.releasedBytes() > 0).isPresent();
    uncountedEvictions.compute(
        host.loop(sweep.device()).lower(),
        (file, evictions) ->
            spared ? MAX_EVICTIONS_AFTER_PAUSE : Math.max(0, evictions - (released ? 1 : 0)));
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    long now = host.nowNanos();
    Map<CachedFile, FileThen> files = new LinkedHashMap<>();
    for (CachedFile file : uncountedEvictions.keySet()) {
      files.put(file, new FileThen(file.addedBytes(), file.unwrittenBytes()));
    }
    recently.addLast(new Then(now, snapshot.budgetBytes(), files));
    while (recently.getFirst().atNanos() < now - withinNanos) {
      recently.removeFirst();
    }
    if (now >= settledAtNanos) {
      compare(now);
    }
  }

  private void compare(long now) {
    long budget = recently.stream().mapToLong(Then::budgetBytes).max().orElse(0);
    long resident = 0;
    long excused = 0;
    for (CachedFile file : uncountedEvictions.keySet()) {
      if (uncountedEvictions.get(file) == 0) {
        resident += file.residentBytes();
        excused += newBytes(file) + unwrittenBytes(file);
      }
    }
    if (resident - budget - excused > maxExcessBytes) {
      maxExcessBytes = resident - budget - excused;
      maxExcess =
          "after %.1f s %d MiB resident, budget %d MiB, %d MiB new or unwritten"
              .formatted(now / 1e9, resident >> 20, budget >> 20, excused >> 20);
    }
  }

  private long newBytes(CachedFile file) {
    return file.addedBytes() - recently.getFirst().files().get(file).addedBytes();
  }

  /** Returns the maximum of the unwritten bytes: pages unwritten at a measurement stayed then. */
  private long unwrittenBytes(CachedFile file) {
    return recently.stream()
        .mapToLong(then -> then.files().get(file).unwrittenBytes())
        .max()
        .orElse(0);
  }
}
