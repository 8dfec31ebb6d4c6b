package io.fadvised.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** On random hosts, the lower cache stays within its budget. */
class BudgetTest {
  private static final int HOSTS = 800;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final int SETTLING_SECONDS = 30;
  private static final Duration WATCHED = Duration.ofSeconds(50);

  /** A tick, the interval.min of a second, and a second in which other devices are swept. */
  private static final double TWO_MEASUREMENTS_SECONDS = 3;

  /** Longer, since mincore rests for nine times the time it takes. */
  private static final double TWO_SLOW_MEASUREMENTS_SECONDS = 6;

  /** Allows for some chunks of the model, of 256 KiB each, for each device. */
  private static final long ROUNDING_BYTES = 16 << 20;

  @Test
  void lowerCacheStaysWithinTheBudget() {
    Hosts.haveNone(HOSTS, BudgetTest::excess);
  }

  private static Optional<String> excess(long seed) {
    RandomHost random = RandomHost.changing(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_WARM);
    BudgetWatch watch =
        new BudgetWatch(
            host,
            random.hasCachestat() ? TWO_MEASUREMENTS_SECONDS : TWO_SLOW_MEASUREMENTS_SECONDS,
            SETTLING_SECONDS);
    new Daemon.Fadvised(host, Daemon.settings(), List.of(watch)).run(host, WATCHED);
    return watch.maxExcessBytes() <= ROUNDING_BYTES
        ? Optional.empty()
        : Optional.of(watch.maxExcess() + ": " + random);
  }
}
