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
  private static final int HOSTS = 300;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final Duration UNTIL_SETTLED = Duration.ofSeconds(60);
  private static final Duration WATCHED = Duration.ofMinutes(4);

  /** Tried again after 1, 2, 4 minutes: three times at the most, and one for the edges. */
  private static final int MOST_TIMES_LEFT = 4;

  /** Of the interval or of the tolerated bytes, by half or more: one in half a minute. */
  private static final int MOST_TURNS = 8;

  /** How often decisions about a device changed their direction. */
  private static final class Swings {
    private final Turns interval = new Turns(2);
    private boolean isLeft;
    private int timesLeft;

    private void see(SweepReport sweep) {
      Code code = sweep.reason().code();
      boolean left = code == Code.BACKED_OFF || code == Code.STOOD_DOWN;
      timesLeft += left && !isLeft ? 1 : 0;
      isLeft = left;
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
      tolerated.add(snapshot.toleratedBytes());
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
            if (swings.timesLeft > MOST_TIMES_LEFT || swings.interval.count() > MOST_TURNS) {
              words
                  .append(name)
                  .append(" was left ")
                  .append(swings.timesLeft)
                  .append(" times, its interval turned ")
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
