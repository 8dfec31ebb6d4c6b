package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.EngineListener;
import io.fadvised.engine.SweepReport;
import io.fadvised.policy.Reason;
import io.fadvised.simulation.Program.Hours;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A host with the kernel of EL 7, whose loop devices count no I/O. A reader starts cold on an idle
 * host, with a set that fits into memory once.
 */
class El7HostTest {
  private static final long MIB = 1L << 20;
  private static final double START_SECONDS = 31.3;
  private static final Duration FIRST = Duration.ofSeconds(10);

  /** Loop devices that are read at random, all bytes of the set with equal probability. */
  private static final class Readers {
    private final SimulatedHost host;
    private final Program program;
    private long fullAtNanos;
    private long doneUntilFull;
    private long doneInFirstSeconds;

    Readers(long memoryBytes, double set, double reads, long fileBytes, int devices) {
      Hardware hardware = new Hardware(2, memoryBytes, 64 << 10);
      host = new SimulatedHost(hardware, KernelFeatures.EL7);
      host.machine().demand(new Machine.Demand(memoryBytes / 10, 0, Hours.ALWAYS));
      SplittableRandom random = new SplittableRandom(1);
      List<Program.Step> steps = new ArrayList<>();
      long setBytes = (long) (set * memoryBytes / devices);
      for (int i = 0; i < devices; i++) {
        SimulatedLoop loop = host.attach(host.machine().file(fileBytes));
        Storage storage = Storage.buffered(host.machine(), loop);
        steps.add(Program.random(storage, hardware, random.split(), setBytes, reads, 1));
      }
      Hours hours = Hours.of(START_SECONDS, 1e6, 1e6);
      Program.Step step = () -> steps.get(random.nextInt(devices)).next();
      program = new Program(hardware, "", 2, 0, hours, step);
      host.machine().start(program);
    }

    /** Runs until some seconds after memory was full, which takes them less than half a minute. */
    Readers with(Daemon daemon, long fullAt) {
      fullAtNanos = fullAt;
      host.machine().observe(this::watch);
      daemon.run(host, Duration.ofNanos((long) (START_SECONDS * 1e9)).plusSeconds(30));
      return this;
    }

    private void watch() {
      long now = host.machine().nowMillis() * 1_000_000L;
      boolean isFull =
          host.machine().cache().freeBytes() < host.machine().hardware().memoryBytes() / 50;
      if (fullAtNanos == 0 && isFull) {
        fullAtNanos = now;
      }
      if (fullAtNanos == 0 || now <= fullAtNanos) {
        doneUntilFull = program.doneBytes();
      }
      if (fullAtNanos == 0 || now <= fullAtNanos + FIRST.toNanos()) {
        doneInFirstSeconds = program.doneBytes() - doneUntilFull;
      }
    }
  }

  /** The ten seconds begin when memory is full without a daemon. */
  @ParameterizedTest(name = "{0} MiB, set {1}, reads {2}, {4} files of {3} MiB")
  @CsvSource({
    "1024, 0.80, 1.0, 1024, 1",
    "1024, 0.85, 1.0, 2048, 1",
    "1024, 0.85, 0.9, 8192, 10",
    "2048, 0.85, 1.0, 16384, 1",
    "2048, 0.85, 1.0, 131072, 1",
    "2048, 0.85, 1.0, 16384, 20",
    "4096, 0.90, 0.9, 2048, 100",
  })
  void readerIsAsFastAsWithALoopThatAdvisesEveryTwoSeconds(
      long memoryMib, double set, double reads, long fileMib, int devices) {
    Readers alone = new Readers(memoryMib * MIB, set, reads, fileMib * MIB, devices);
    alone.with(Daemon.none(), 0);
    Readers advised = new Readers(memoryMib * MIB, set, reads, fileMib * MIB, devices);
    advised.with(Daemon.advisingEvery(Duration.ofSeconds(2)), alone.fullAtNanos);
    Readers ours = new Readers(memoryMib * MIB, set, reads, fileMib * MIB, devices);
    ours.with(Daemon.fadvised(ours.host), alone.fullAtNanos);

    assertThat((double) ours.doneInFirstSeconds / alone.doneInFirstSeconds)
        .as("over no daemon")
        .isGreaterThan(1.5);
    assertThat((double) ours.doneInFirstSeconds / advised.doneInFirstSeconds)
        .as("over the loop")
        .isGreaterThan(0.9);
  }

  @Test
  void deviceIsAdvisedOncePerWindow() {
    Readers readers = new Readers(1024 * MIB, 0.85, 1, 1024 * MIB, 1);
    List<SweepReport> evictions = new ArrayList<>();
    EngineListener listener =
        new EngineListener() {
          @Override
          public void swept(SweepReport sweep) {
            if (sweep.eviction().isPresent()) {
              evictions.add(sweep);
            }
          }
        };

    readers.with(new Daemon.Fadvised(readers.host, Daemon.settings(), List.of(listener)), 0);

    assertThat(evictions).hasSizeGreaterThan(2);
    assertThat(evictions)
        .allSatisfy(
            sweep -> assertThat(sweep.eviction().orElseThrow().adviceCalls()).isBetween(1, 8));
    assertThat(evictions)
        .extracting(SweepReport::reason)
        .extracting(Reason::code)
        .containsOnly(Reason.Code.OVER_ALLOWANCE);
  }
}
