package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.simulation.SimulatedKernel.Calls;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** On an idle host, each device is measured once per interval.max and nothing else is done. */
class IdleHostTest {
  private static final int HOSTS = 800;

  /** Longer than it takes to write back all that the programs wrote before they ended. */
  private static final Duration UNTIL_STILL = Duration.ofSeconds(90);

  /**
   * The first measurement, and another one an interval.max later: of dirty pages, of files found to
   * be shared, and of devices whose pages were read back.
   */
  private static final Duration FIRST_MEASUREMENTS = Duration.ofMinutes(2);

  /** Ten times the maximum interval. */
  private static final Duration IDLE = Duration.ofMinutes(10);

  /** At 5 s a tick; one more for the ends. */
  private static final int MAX_TICKS = 121;

  /** Each device is measured once per interval.max. */
  private static final int MAX_SWEEPS = 11;

  @Test
  void idleDeviceIsMeasuredOncePerMaxIntervalAndNotEvicted() {
    Hosts.haveNone(HOSTS, IdleHostTest::callsWhileIdle);
  }

  private static Optional<String> callsWhileIdle(long seed) {
    RandomHost random = RandomHost.ending(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_STILL);
    Daemon.Fadvised daemon = Daemon.fadvised(host);
    daemon.run(host, FIRST_MEASUREMENTS);
    Map<String, Calls> before = host.kernel().calls();
    daemon.run(host, IDLE);
    Map<String, Calls> made = Calls.since(before, host.kernel().calls());
    boolean fine =
        !made.containsKey("posix_fadvise")
            && made.get("read diskstats").count() <= MAX_TICKS
            && countOf(made, "open") <= MAX_SWEEPS * devicesOf(host);
    return fine ? Optional.empty() : Optional.of(made + " while idle: " + random);
  }

  private static long countOf(Map<String, Calls> made, String call) {
    return made.containsKey(call) ? made.get(call).count() : 0;
  }

  private static long devicesOf(SimulatedHost host) {
    return StreamSupport.stream(host.loops().spliterator(), false).count();
  }

  @Test
  void simulationIsRepeatableFromItsSeed() {
    assertThat(trace(7)).isEqualTo(trace(7)).isNotEqualTo(trace(8));
  }

  /** Returns the calls and disk reads on a busy host. */
  private static String trace(long seed) {
    SimulatedHost host = RandomHost.changing(seed).host();
    Daemon.fadvised(host).run(host, Duration.ofSeconds(60));
    return host.kernel().calls() + " " + host.machine().disk().readBytes();
  }
}
