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
 * Watches how far the lower cache exceeds what it may be: the tolerated bytes, what came within two
 * looks, and what is not written yet, which no eviction can release. Devices that are left because
 * evicting them does harm are not counted.
 */
final class BudgetWatch implements EngineListener {
  private static final Set<Code> LEFT = EnumSet.of(Code.SKIPPED, Code.PAUSED);

  /** Evictions until a device that was paused or evicted carefully is like the others again. */
  private static final int MAX_EVICTIONS_AFTER_PAUSE = 2;

  /** What was known of a file at a tick. */
  private record FileThen(long addedBytes, long unwrittenBytes) {}

  /** What was known at a tick. */
  private record Then(long atNanos, long budgetBytes, Map<CachedFile, FileThen> files) {}

  private final SimulatedHost host;
  private final long withinNanos;
  private final long settledAtNanos;
  private final Map<CachedFile, Integer> looksLeft = new LinkedHashMap<>();
  private final Deque<Then> recently = new ArrayDeque<>();
  private long worstBytes;
  private String worst = "";

  /**
   * @param withinSeconds how long two looks may take, and a budget that has shrunk to take effect
   * @param settleSeconds from now on, during which anything may be
   */
  BudgetWatch(SimulatedHost host, double withinSeconds, int settleSeconds) {
    this.host = host;
    withinNanos = (long) (withinSeconds * 1e9);
    settledAtNanos = host.nowNanos() + settleSeconds * 1_000_000_000L;
    host.loops().forEach(loop -> looksLeft.put(loop.lower(), 0));
  }

  /** The most that there ever was too much; 0 if there never was. */
  long worstBytes() {
    return worstBytes;
  }

  /** That moment, for people. */
  String worst() {
    return worst;
  }

  @Override
  public void swept(SweepReport sweep) {
    boolean left = LEFT.contains(sweep.reason().code()) || sweep.backoff().isCareful();
    boolean released = sweep.eviction().filter(done -> done.releasedBytes() > 0).isPresent();
    looksLeft.compute(
        host.loop(sweep.device()).lower(),
        (file, looks) ->
            left ? MAX_EVICTIONS_AFTER_PAUSE : Math.max(0, looks - (released ? 1 : 0)));
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    long now = host.nowNanos();
    Map<CachedFile, FileThen> files = new LinkedHashMap<>();
    for (CachedFile file : looksLeft.keySet()) {
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
    long tolerated = recently.stream().mapToLong(Then::budgetBytes).max().orElse(0);
    long resident = 0;
    long excused = 0;
    for (CachedFile file : looksLeft.keySet()) {
      if (looksLeft.get(file) == 0) {
        resident += file.residentBytes();
        excused += newBytes(file) + unwrittenBytes(file);
      }
    }
    if (resident - tolerated - excused > worstBytes) {
      worstBytes = resident - tolerated - excused;
      worst =
          "after %.1f s %d MiB resident, %d MiB tolerated, %d MiB new or unwritten"
              .formatted(now / 1e9, resident >> 20, tolerated >> 20, excused >> 20);
    }
  }

  private long newBytes(CachedFile file) {
    return file.addedBytes() - recently.getFirst().files().get(file).addedBytes();
  }

  /** What was unwritten at the last look stayed, written or not since then. */
  private long unwrittenBytes(CachedFile file) {
    return recently.stream()
        .mapToLong(then -> then.files().get(file).unwrittenBytes())
        .max()
        .orElse(0);
  }
}
