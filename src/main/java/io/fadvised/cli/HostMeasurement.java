package io.fadvised.cli;

import io.fadvised.config.DirectIoMode;
import io.fadvised.config.MetricsOutput;
import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.Host;
import io.fadvised.engine.SweepReport;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.List;

/**
 * Measures the host with the engine of the daemon, but never evicts. It goes on until each device
 * was measured, or is unreadable, or its filesystem is hung.
 */
final class HostMeasurement {
  /** Pressure is the change between two readings; this is long enough to show one stall. */
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final Host host;

  HostMeasurement(Host host) {
    this.host = host;
  }

  /** Receives the progress of a measurement. */
  @FunctionalInterface
  interface Progress {
    /**
     * Reports that one more device was measured.
     *
     * @param measured number of devices that are done
     * @param devices number of devices to measure
     */
    void measured(int measured, int devices);
  }

  /**
   * A measurement.
   *
   * @param isComplete false if it was interrupted
   */
  record Measured(HostStatus host, boolean isComplete) {}

  /** Measures the host. If the thread is interrupted, it returns the devices measured so far. */
  Measured measure(Settings settings, Progress progress) throws InterruptedException {
    Counter counter = new Counter(progress);
    Engine engine = new Engine(host, withoutEviction(settings), List.of(counter));
    try {
      engine.setPaused(true); // the first tick finds the devices and reads the memory
      engine.tick();
      host.pause().pause(PAUSE);
      engine.setPaused(false);
      engine.makeAllDue();
      counter.devices = engine.unsweptDevices();
      do {
        engine.tick();
      } while (engine.unsweptDevices() > 0);
    } catch (InterruptedException e) {
      engine.measureChanged(Duration.ZERO); // only publishes
      return new Measured(HostStatus.of(engine.snapshot()), false);
    }
    return new Measured(HostStatus.of(engine.snapshot()), true);
  }

  private static final class Counter implements EngineListener {
    private final Progress progress;
    private int measured;
    private int devices;

    Counter(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void swept(SweepReport sweep) {
      measured++;
      progress.measured(Math.min(measured, devices), devices);
    }
  }

  /** Returns an engine that measures and decides, but neither evicts nor enables direct I/O. */
  Engine engine(Settings settings) {
    return new Engine(host, withoutEviction(settings), List.of());
  }

  private static Settings withoutEviction(Settings settings) {
    return new Settings(
        settings.interval(),
        settings.budget(),
        settings.containerBudget(),
        settings.devices(),
        true,
        DirectIoMode.REPORT,
        settings.logLevel(),
        MetricsOutput.NONE);
  }
}
