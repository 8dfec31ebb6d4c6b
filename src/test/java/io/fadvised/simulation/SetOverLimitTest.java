package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason.Code;
import io.fadvised.policy.SweepPolicy;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A container reads at random from a set of 1.25 times its limit. The simulated host stands for the
 * container: its memory is the limit, and its devices are swept like those of a container.
 */
class SetOverLimitTest {
  private static final long LIMIT_BYTES = 256L << 20;
  private static final long SET_BYTES = LIMIT_BYTES * 5 / 4;
  private static final Duration MEASURED = Duration.ofSeconds(60);

  private final Set<Code> reasons = EnumSet.noneOf(Code.class);

  private long requests(boolean directIo, boolean readsDirectly, boolean hasDaemon) {
    SimulatedHost host = new SimulatedHost(new Hardware(2, LIMIT_BYTES, 64 << 10));
    CachedFile backing = host.machine().file(1L << 30);
    SimulatedLoop loop = host.attach(backing, 0, backing.sizeBytes(), directIo);
    Hardware hardware = host.machine().hardware();
    Storage storage = readsDirectly ? Storage.direct(loop) : Storage.buffered(host.machine(), loop);
    Program reader =
        new Program(
            hardware,
            "reader",
            1,
            0,
            Program.Hours.ALWAYS,
            Program.random(storage, hardware, new SplittableRandom(1), SET_BYTES, 1, 1));
    host.machine().start(reader);
    Daemon daemon = hasDaemon ? fadvised(host) : Daemon.none();
    daemon.run(host, Duration.ofSeconds(20));
    long before = reader.doneBytes();
    daemon.run(host, MEASURED);
    return (reader.doneBytes() - before) / Hardware.BLOCK_BYTES;
  }

  private Daemon fadvised(SimulatedHost host) {
    Duration interval = SweepPolicy.containerInterval(Duration.ofMillis(500), LIMIT_BYTES, 1);
    EngineListener watch =
        new EngineListener() {
          @Override
          public void swept(SweepReport sweep) {
            reasons.add(sweep.reason().code());
          }
        };
    return new Daemon.Fadvised(
        host, Daemon.settings("interval.min=" + interval.toMillis() + "ms"), List.of(watch));
  }

  /** At 500 ms it was: pages that the upper cache had lost meanwhile counted as read back. */
  @Test
  void evictionIsNotPaused() {
    long evicted = requests(false, false, true);

    assertThat(reasons).contains(Code.OVER_ALLOWANCE).doesNotContain(Code.PAUSED, Code.SKIPPED);
    assertThat(evicted)
        .isGreaterThan((long) (0.85 * requests(true, false, false)))
        .isGreaterThan((long) (1.5 * requests(false, false, false)));
  }

  @Test
  void evictionUnderAReaderWithODirectIsPaused() {
    long evicted = requests(false, true, true);

    assertThat(reasons).contains(Code.PAUSED);
    assertThat(evicted).isGreaterThan((long) (0.95 * requests(false, true, false)));
  }
}
