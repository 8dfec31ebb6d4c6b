package io.fadvised.simulation;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason.Code;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where evictions harm, they end. */
class ThrashingDeviceTest {
  private static final int READERS = 200;
  private static final int HOSTS = 150;
  private static final Duration UNTIL_WARM = Duration.ofSeconds(20);

  /** So little that the reader's pages are evicted. */
  private static final String[] TIGHT = {"budget.relaxed=2%", "budget.pressed=1%"};

  /**
   * After the first eviction: its pages come back, as they would below any cache; they come back
   * again; and within three more looks the device is stood down. One more where the back-off falls
   * between two of them.
   */
  private static final int MOST_LOOKS = 6;

  /**
   * The goal is 95 % in a benchmark that takes its time; here a part of the noise is the model's.
   */
  private static final double LEAST_SHARE_OF_SPEED = 0.85;

  /** Counts the looks at device 0 from the first eviction to the first time that it is left. */
  private static final class Looks implements EngineListener {
    private int looks;
    private boolean stoodDown;

    @Override
    public void swept(SweepReport sweep) {
      if (!stoodDown && sweep.device().equals("loop0")) {
        stoodDown = sweep.reason().code() == Code.PAUSED;
        looks += looks > 0 || sweep.reason().code() == Code.OVER_ALLOWANCE ? 1 : 0;
      }
    }

    private boolean areTooMany() {
      return looks - 1 > MOST_LOOKS;
    }
  }

  @Test
  void aDeviceWithoutACacheAboveIsStoodDownWithinThreeLooks() {
    Hosts.haveNone(READERS, ThrashingDeviceTest::lateStandDown);
  }

  private static Optional<String> lateStandDown(long seed) {
    RandomHost random = RandomHost.withDirectReader(seed);
    SimulatedHost host = random.host();
    host.advance(UNTIL_WARM);
    Looks looks = new Looks();
    new Daemon.Fadvised(host, Daemon.settings(TIGHT), List.of(looks))
        .run(host, Duration.ofSeconds(40));
    boolean fine = !looks.areTooMany() || share(host, RandomHost.withDirectReader(seed)) > 0.9;
    return fine ? Optional.empty() : Optional.of("harmed for " + looks.looks + " looks: " + random);
  }

  /** What the reader has read so far, as a part of what he reads without fadvised. */
  private static double share(SimulatedHost host, RandomHost undisturbed) {
    undisturbed.host().advance(host.nowNanos());
    return (double) host.machine().programs().get(0).doneBytes()
        / undisturbed.host().machine().programs().get(0).doneBytes();
  }

  @Test
  void noProgramIsMuchSlowerThanWithoutFadvised() {
    Hosts.haveNone(HOSTS, ThrashingDeviceTest::slowedProgram);
  }

  private static Optional<String> slowedProgram(long seed) {
    RandomHost random = RandomHost.steady(seed);
    List<Long> with = bytesDone(random.host(), Daemon.fadvised(random.host()));
    List<Long> without = bytesDone(RandomHost.steady(seed).host(), Daemon.none());
    for (int i = 0; i < with.size(); i++) {
      if (with.get(i) < LEAST_SHARE_OF_SPEED * without.get(i)) {
        return Optional.of(
            "%.2f of its speed has %s; %s"
                .formatted(
                    (double) with.get(i) / without.get(i),
                    random.host().machine().programs().get(i),
                    random));
      }
    }
    return Optional.empty();
  }

  /** What each program does in 30 s, once 30 s have passed. */
  private static List<Long> bytesDone(SimulatedHost host, Daemon daemon) {
    List<Program> programs = host.machine().programs();
    host.advance(UNTIL_WARM);
    daemon.run(host, Duration.ofSeconds(30));
    List<Long> before = programs.stream().map(Program::doneBytes).toList();
    daemon.run(host, Duration.ofSeconds(30));
    return IntStream.range(0, before.size())
        .mapToObj(i -> programs.get(i).doneBytes() - before.get(i))
        .toList();
  }
}
