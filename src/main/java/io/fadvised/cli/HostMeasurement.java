package io.fadvised.cli;

import io.fadvised.config.DirectIoMode;
import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.engine.Host;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.List;

/** Measures the host once with the engine of the daemon, but never evicts. */
final class HostMeasurement {
  /** Pressure is the change between two readings; this is long enough to show one stall. */
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final Host host;

  HostMeasurement(Host host) {
    this.host = host;
  }

  HostStatus measure(Settings settings) throws InterruptedException {
    Engine engine = engine(settings);
    engine.setPaused(true); // the first tick finds the devices and reads the memory
    engine.tick();
    host.pause().pause(PAUSE);
    engine.setPaused(false);
    engine.sweepAll();
    return HostStatus.of(engine.snapshot());
  }

  /** Returns an engine that measures and decides, but neither evicts nor enables direct I/O. */
  Engine engine(Settings settings) {
    return new Engine(host, withoutEviction(settings), List.of());
  }

  private static Settings withoutEviction(Settings settings) {
    return new Settings(
        settings.interval(),
        settings.budget(),
        settings.devices(),
        true,
        DirectIoMode.REPORT,
        settings.logLevel());
  }
}
