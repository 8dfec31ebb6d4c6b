package io.fadvised.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.simulation.Program.Hours;
import io.fadvised.simulation.SimulatedKernel.Calls;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Tests a host of 64 CPUs and 512 GiB with 10,000 devices of 100 TiB in all. */
class LargeHostTest {
  private static final int DEVICES = 10_000;
  private static final long DEVICE_BYTES = (100L << 40) / DEVICES;
  private static final Hardware HARDWARE = new Hardware(64, 512L << 30, 2 << 20);
  private static final Duration START = Duration.ofMinutes(1);
  private static final Duration WATCHED = Duration.ofMinutes(1);

  /** Maximum time in the kernel for the engine, as a fraction of one CPU's. */
  private static final double MAX_KERNEL_SHARE = 0.2;

  private static final double MAX_CALLS_PER_SECOND = 6_000;

  private static SimulatedHost host(int busyDevices) {
    SimulatedHost host = new SimulatedHost(HARDWARE);
    SplittableRandom random = new SplittableRandom(1);
    for (int device = 0; device < DEVICES; device++) {
      SimulatedLoop loop = host.attach(host.machine().file(DEVICE_BYTES));
      if (device % (DEVICES / busyDevices) == 0) {
        Storage storage = Storage.buffered(host.machine(), loop);
        long thinkNanos = random.nextLong(100_000, 10_000_000);
        host.machine()
            .start(
                new Program(
                    HARDWARE,
                    "busy",
                    1,
                    thinkNanos,
                    Hours.ALWAYS,
                    Program.random(storage, HARDWARE, random.split(), 5L << 30, 0.8, 3)));
      }
    }
    host.advance(START);
    return host;
  }

  @Test
  void hundredBusyDevicesStayWithinTheKernelLimits() {
    assertStaysWithinTheKernelLimits(host(100));
  }

  @Test
  void thousandBusyDevicesStayWithinTheKernelLimits() {
    assertStaysWithinTheKernelLimits(host(1000));
  }

  private static void assertStaysWithinTheKernelLimits(SimulatedHost host) {
    Daemon daemon = Daemon.fadvised(host);
    Work start = work(host, daemon, START);
    assertThat(start.kernelShare()).as("at the start: %s", start).isLessThan(0.5);

    Work later = work(host, daemon, WATCHED);

    assertThat(later.kernelShare()).as("%s", later).isLessThan(MAX_KERNEL_SHARE);
    assertThat(later.callsPerSecond()).as("%s", later).isLessThan(MAX_CALLS_PER_SECOND);
  }

  /** The kernel's work for the engine per second. */
  private record Work(double kernelShare, double callsPerSecond, Map<String, Calls> calls) {}

  private static Work work(SimulatedHost host, Daemon daemon, Duration time) {
    Map<String, Calls> before = host.kernel().calls();
    daemon.run(host, time);
    Map<String, Calls> made = Calls.since(before, host.kernel().calls());
    double seconds = time.toSeconds();
    return new Work(
        made.values().stream().mapToLong(Calls::nanos).sum() / 1e9 / seconds,
        made.values().stream().mapToLong(Calls::count).sum() / seconds,
        made);
  }
}
