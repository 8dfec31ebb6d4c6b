package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Compares the model with measurements by fio: 1.7 GB of free memory, 16 KiB blocks, 2 threads,
 * ext4 on a loop device (6.18, 2 cores). The figures are shares of the throughput with direct I/O,
 * from the middle of the measured ranges.
 */
class MeasuredRealityTest {
  /** The page cache gets about 1.5 of 1.7 GB: watermarks and kernel structures take the rest. */
  private static final long MEMORY_BYTES = 1_500_000_000;

  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration MEASURED = Duration.ofSeconds(30);

  private static double readsPerSecond(
      double gibibytes, double reads, boolean direct, Daemon with) {
    SimulatedHost host = new SimulatedHost(new Hardware(2, MEMORY_BYTES, 64 << 10));
    SimulatedLoop loop = attach(host, direct);
    return readsPerSecond(host, Storage.buffered(host.machine(), loop), gibibytes, reads, with);
  }

  private static SimulatedLoop attach(SimulatedHost host, boolean direct) {
    CachedFile backing = host.machine().file(4L << 30);
    return host.attach(backing, 0, backing.sizeBytes(), direct);
  }

  private static double readsPerSecond(
      SimulatedHost host, Storage storage, double gibibytes, double reads, Daemon with) {
    Hardware hardware = host.machine().hardware();
    Program fio =
        new Program(
            hardware,
            "fio",
            2,
            0,
            Program.Hours.ALWAYS,
            Program.random(
                storage,
                hardware,
                new SplittableRandom(1),
                (long) (gibibytes * (1L << 30)),
                reads,
                1));
    host.machine().start(fio);
    with.run(host, WARM_UP);
    long before = fio.doneBytes();
    with.run(host, MEASURED);
    double blocks = (double) (fio.doneBytes() - before) / Hardware.BLOCK_BYTES;
    return reads * blocks / MEASURED.toSeconds();
  }

  private static final Daemon ADVISE = Daemon.advisingEvery(Duration.ofSeconds(1));
  private static final Daemon DROP = Daemon.droppingCachesEvery(Duration.ofSeconds(10));

  @Test
  void mixedRunHasTheMeasuredShares() {
    double direct = readsPerSecond(1.1, 0.70, true, Daemon.none());
    double advised = readsPerSecond(1.1, 0.70, false, ADVISE) / direct;
    double buffered = readsPerSecond(1.1, 0.70, false, Daemon.none()) / direct;
    double dropped = readsPerSecond(1.1, 0.70, false, DROP) / direct;

    assertThat(direct).isCloseTo(208_000, within(0.2 * 208_000));
    assertThat(advised).isCloseTo(0.68, within(0.2)).isLessThan(1);
    assertThat(buffered).isCloseTo(0.48, within(0.2)).isLessThan(advised);
    assertThat(dropped).isCloseTo(0.27, within(0.2)).isLessThan(buffered);
  }

  @Test
  void readMostlyRunHasTheMeasuredShares() {
    double direct = readsPerSecond(1.25, 0.95, true, Daemon.none());
    double advised = readsPerSecond(1.25, 0.95, false, ADVISE) / direct;
    double buffered = readsPerSecond(1.25, 0.95, false, Daemon.none()) / direct;
    double dropped = readsPerSecond(1.25, 0.95, false, DROP) / direct;

    assertThat(direct).isCloseTo(490_000, within(0.2 * 490_000));
    assertThat(advised).isCloseTo(0.63, within(0.3)).isLessThan(1);
    assertThat(buffered).isCloseTo(0.34, within(0.2)).isLessThan(advised);
    assertThat(dropped).isCloseTo(0.23, within(0.2)).isLessThan(buffered);
  }

  @Test
  void evictionGainsNoSpeedWithMemoryToSpare() {
    double buffered = spacious(false, Daemon.none());

    assertThat(spacious(false, ADVISE)).isCloseTo(buffered, within(0.05 * buffered));
    assertThat(spacious(true, Daemon.none())).isCloseTo(buffered, within(0.2 * buffered));
  }

  private static double spacious(boolean direct, Daemon with) {
    SimulatedHost host = new SimulatedHost(new Hardware(2, 8L << 30, 1 << 20));
    Storage storage = Storage.buffered(host.machine(), attach(host, direct));
    return readsPerSecond(host, storage, 1.1, 0.95, with);
  }

  @Test
  void readerWithODirectLosesHalfOfItsSpeedToEviction() {
    assertThat(withODirect(ADVISE) / withODirect(Daemon.none())).isCloseTo(0.5, within(0.15));
  }

  private static double withODirect(Daemon with) {
    SimulatedHost host = new SimulatedHost(new Hardware(2, MEMORY_BYTES, 64 << 10));
    return readsPerSecond(host, Storage.direct(attach(host, false)), 1.1, 1, with);
  }

  private static Offset<Double> within(double by) {
    return Offset.offset(by);
  }
}
