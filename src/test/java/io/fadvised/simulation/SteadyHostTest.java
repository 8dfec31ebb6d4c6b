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

/** Where everything goes on as it began, decisions settle. */
class SteadyHostTest {
  private static final int HOSTS = 250;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final Duration UNTIL_SETTLED = Duration.ofSeconds(60);
  private static final Duration WATCHED = Duration.ofMinutes(2);

  /** A harmless device is taken for a harmed one now and then, and left for that look. */
  private static final int MOST_BACK_OFFS = 4;

  /** More often than that would be an oscillation, however many looks there are. */
  private static final int LOOKS_FOR_A_BACK_OFF = 8;

  /** Of the interval or of the tolerated bytes, by half or more: one in half a minute. */
  private static final int MOST_TURNS = 4;

  /** How often decisions about a device changed their direction. */
  private static final class Swings {
    private final Turns interval = new Turns(2);
    private int looks;
    private int backOffs;

    private void see(SweepReport sweep) {
      looks++;
      backOffs += sweep.reason().code() == Code.SKIPPED ? 1 : 0;
    }

    private boolean areTooMany() {
      return interval.count() > MOST_TURNS
          || backOffs > Math.max(MOST_BACK_OFFS, looks / LOOKS_FOR_A_BACK_OFF);
    }
  }

  /** Watches a host until it is told to compare. */
  private static final class Watch implements EngineListener {
    private final Map<String, Swings> devices = new TreeMap<>();
    private final Turns tolerated = new Turns(2);

    @Override
    public void swept(SweepReport sweep) {
      devices.computeIfAbsent(sweep.device(), name -> new Swings()).see(sweep);
    }

    @Override
    public void ticked(EngineSnapshot snapshot) {
      tolerated.add(snapshot.budgetBytes());
      snapshot.devices().stream()
          .filter(device -> devices.containsKey(device.device().name()))
          .forEach(
              device ->
                  devices.get(device.device().name()).interval.add(device.interval().toMillis()));
    }

    private Optional<String> problem() {
      StringBuilder words = new StringBuilder();
      if (tolerated.count() > MOST_TURNS) {
        words.append("tolerated bytes turned ").append(tolerated.count()).append(" times; ");
      }
      devices.forEach(
          (name, swings) -> {
            if (swings.areTooMany()) {
              words
                  .append(name)
                  .append(" was backed off from at ")
                  .append(swings.backOffs)
                  .append(" of ")
                  .append(swings.looks)
                  .append(" looks, its interval turned ")
                  .append(swings.interval.count())
                  .append(" times; ");
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
    Watch watch = new Watch();
    Daemon.Fadvised daemon = new Daemon.Fadvised(host, Daemon.settings(), List.of(watch));
    daemon.run(host, UNTIL_SETTLED);
    watch.devices.clear();
    daemon.run(host, WATCHED);
    return watch.problem().map(problem -> problem + random);
  }
}
