package io.fadvised.simulation;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason.Code;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** On a steady host, decisions do not oscillate. */
class SteadyHostTest {
  private static final int HOSTS = 250;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final Duration UNTIL_SETTLED = Duration.ofSeconds(60);
  private static final Duration WATCHED = Duration.ofMinutes(2);

  /** Allows for evictions skipped because few pages happened to be read back. */
  private static final int MAX_SKIPS = 4;

  /** More than one skip in this many sweeps is an oscillation. */
  private static final int SWEEPS_PER_SKIP = 8;

  /** Pressure fades by half in 30 s: each half minute allows two turns by half of the range. */
  private static final int MAX_TURNS = 8;

  private static final double HALF_OF_THE_RANGE = 0.5;

  /** The default of budget.relaxed. */
  private static final double RELAXED_SHARE = 0.2;

  /** Counts how often evictions of a device were skipped. */
  private static final class Skips {
    private int sweeps;
    private int skips;

    private void count(SweepReport sweep) {
      sweeps++;
      skips += sweep.reason().code() == Code.SKIPPED ? 1 : 0;
    }

    private boolean areTooMany() {
      return skips > Math.max(MAX_SKIPS, sweeps / SWEEPS_PER_SKIP);
    }
  }

  /** Counts the turns of the budget and the skips of each device. */
  private static final class Watch implements EngineListener {
    private final double relaxedBytes;
    private final Map<String, Skips> devices = new TreeMap<>();
    private final Turns budget = new Turns(HALF_OF_THE_RANGE);

    Watch(Hardware hardware) {
      relaxedBytes = RELAXED_SHARE * hardware.memoryBytes();
    }

    @Override
    public void swept(SweepReport sweep) {
      devices.computeIfAbsent(sweep.device(), name -> new Skips()).count(sweep);
    }

    @Override
    public void ticked(EngineSnapshot snapshot) {
      budget.add(snapshot.budgetBytes() / relaxedBytes);
    }

    private Optional<String> problem() {
      StringBuilder words = new StringBuilder();
      if (budget.count() > MAX_TURNS) {
        words.append("budget turned ").append(budget.count()).append(" times; ");
      }
      devices.forEach(
          (name, skips) -> {
            if (skips.areTooMany()) {
              words
                  .append(name)
                  .append(" was skipped in ")
                  .append(skips.skips)
                  .append(" of ")
                  .append(skips.sweeps)
                  .append(" sweeps; ");
            }
          });
      return words.isEmpty() ? Optional.empty() : Optional.of(words.toString());
    }
  }

  @Test
  void decisionsDoNotOscillate() {
    Hosts.haveNone(HOSTS, SteadyHostTest::oscillation);
  }

  private static Optional<String> oscillation(long seed) {
    RandomHost random = RandomHost.steady(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_WARM);
    Watch watch = new Watch(host.machine().hardware());
    Daemon.Fadvised daemon = new Daemon.Fadvised(host, Daemon.settings(), List.of(watch));
    daemon.run(host, UNTIL_SETTLED);
    watch.devices.clear();
    daemon.run(host, WATCHED);
    return watch.problem().map(problem -> problem + random);
  }
}
