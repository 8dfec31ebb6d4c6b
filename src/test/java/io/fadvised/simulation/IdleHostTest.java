package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.simulation.SimulatedKernel.Calls;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Where nothing happens, fadvised does nothing but look whether something does. */
class IdleHostTest {
  private static final int HOSTS = 1000;

  /** Until what the programs wrote before they ended has been on the disk for long. */
  private static final Duration UNTIL_STILL = Duration.ofSeconds(90);

  /** The first look, and a second at what was dirty or not reached in time. */
  private static final Duration FIRST_LOOKS = Duration.ofSeconds(15);

  private static final Set<String> LOOKS = Set.of("read diskstats", "read pressure", "scan sysfs");

  /** At 5 s a tick, and 30 s a scan; one more of each for the ends. */
  private static final int MOST_TICKS_AN_HOUR = 721;

  @Test
  void nothingIsOpenedMeasuredOrAdvisedAfterTheFirstLook() {
    Hosts.haveNone(HOSTS, IdleHostTest::callsInAnIdleHour);
  }

  private static Optional<String> callsInAnIdleHour(long seed) {
    RandomHost random = RandomHost.ending(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_STILL);
    Daemon.Fadvised daemon = Daemon.fadvised(host);
    daemon.run(host, FIRST_LOOKS);
    Map<String, Calls> before = host.kernel().calls();
    daemon.run(host, Duration.ofHours(1));
    Map<String, Long> made = new TreeMap<>();
    host.kernel()
        .calls()
        .forEach(
            (call, all) ->
                made.put(call, all.count() - before.getOrDefault(call, Calls.NONE).count()));
    made.values().removeIf(count -> count == 0);
    boolean fine =
        LOOKS.containsAll(made.keySet())
            && made.getOrDefault("read diskstats", 0L) <= MOST_TICKS_AN_HOUR;
    return fine ? Optional.empty() : Optional.of(made + " in an idle hour: " + random);
  }

  @Test
  void anIdleHourIsSimulatedFromTheSeedAlone() {
    assertThat(trace(7)).isEqualTo(trace(7)).isNotEqualTo(trace(8));
  }

  /** What happened on a busy host, in figures. */
  private static String trace(long seed) {
    SimulatedHost host = RandomHost.changing(seed).host();
    Daemon.fadvised(host).run(host, Duration.ofSeconds(60));
    return host.kernel().calls() + " " + host.machine().disk().readBytes();
  }
}
