package io.fadvised.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whatever programs do, the lower cache stays within its budget. */
class BudgetTest {
  private static final int HOSTS = 800;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);
  private static final int SETTLING_SECONDS = 30;
  private static final Duration WATCHED = Duration.ofSeconds(50);

  /** A tick, the interval.min of a second, and a second in which other devices are swept. */
  private static final double TWO_LOOKS_SECONDS = 3;

  /** Measuring by mincore takes its time, and nine times that is rested. */
  private static final double TWO_SLOW_LOOKS_SECONDS = 6;

  /** Some chunks of the model, of 256 KiB each, for each device. */
  private static final long ROUNDING_BYTES = 16 << 20;

  @Test
  void theBudgetIsKept() {
    Hosts.haveNone(HOSTS, BudgetTest::excess);
  }

  private static Optional<String> excess(long seed) {
    RandomHost random = RandomHost.changing(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_WARM);
    BudgetWatch watch =
        new BudgetWatch(
            host,
            random.hasCachestat() ? TWO_LOOKS_SECONDS : TWO_SLOW_LOOKS_SECONDS,
            SETTLING_SECONDS);
    new Daemon.Fadvised(host, Daemon.settings(), List.of(watch)).run(host, WATCHED);
    return watch.worstBytes() <= ROUNDING_BYTES
        ? Optional.empty()
        : Optional.of(watch.worst() + ": " + random);
  }
}
