package io.fadvised.simulation;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Watches how far the lower cache exceeds what may be: the tolerated bytes, what came since the
 * look before the last, and what is dirty, which cannot be evicted.
 */
final class BudgetWatch implements EngineListener {
  /** So long a budget that has shrunk may take effect: two ticks, and the sweeps in them. */
  private static final long REACTION_NANOS = 3_000_000_000L;

  private record Tolerated(long atNanos, long bytes) {}

  /** What one backing file had been given at its last looks. */
  private static final class Looks {
    private long beforeLast;
    private long last;
  }

  private final SimulatedHost host;
  private final Map<CachedFile, Looks> looks = new LinkedHashMap<>();
  private final Deque<Tolerated> recently = new ArrayDeque<>();
  private final long settledAtNanos;
  private long worstBytes;
  private String worst = "";

  /**
   * @param settleSeconds from now on, during which anything may be
   */
  BudgetWatch(SimulatedHost host, int settleSeconds) {
    this.host = host;
    settledAtNanos = host.nowNanos() + settleSeconds * 1_000_000_000L;
    host.loops().forEach(loop -> looks.put(loop.lower(), new Looks()));
  }

  /** The most that there ever was too much; 0 if there never was. */
  long worstBytes() {
    return worstBytes;
  }

  @Override
  public String toString() {
    return worst;
  }

  @Override
  public void swept(SweepReport sweep) {
    CachedFile file = host.loop(sweep.device()).lower();
    Looks seen = looks.get(file);
    seen.beforeLast = seen.last;
    seen.last = file.addedBytes();
  }

  @Override
  public void ticked(EngineSnapshot snapshot) {
    long now = host.nowNanos();
    recently.addLast(new Tolerated(now, snapshot.toleratedBytes()));
    while (recently.getFirst().atNanos() < now - REACTION_NANOS) {
      recently.removeFirst();
    }
    long tolerated = recently.stream().mapToLong(Tolerated::bytes).max().orElse(0);
    long resident = 0;
    long excused = 0;
    for (Map.Entry<CachedFile, Looks> file : looks.entrySet()) {
      resident += file.getKey().residentBytes();
      excused += file.getKey().addedBytes() - file.getValue().beforeLast;
      excused += file.getKey().unwrittenBytes();
    }
    long over = resident - tolerated - excused;
    if (now >= settledAtNanos && over > worstBytes) {
      worstBytes = over;
      worst =
          "%.1f s: %d MiB resident, %d MiB tolerated, %d MiB new or dirty"
              .formatted(now / 1e9, resident >> 20, tolerated >> 20, excused >> 20);
    }
  }
}
