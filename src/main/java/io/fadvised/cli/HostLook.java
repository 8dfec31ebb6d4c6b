package io.fadvised.cli;

import io.fadvised.config.DirectIoMode;
import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.engine.Host;
import io.fadvised.status.HostStatus;
import java.time.Duration;
import java.util.List;

/** Looks at the host once, with the very engine of the daemon, but never evicts. */
final class HostLook {
  /** Pressure shows between two looks only; long enough for one stall to show. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);

  private final Host host;

  HostLook(Host host) {
    this.host = host;
  }

  HostStatus look(Settings settings) throws InterruptedException {
    Engine engine = engine(settings);
    engine.setPaused(true); // the first tick finds the devices and sees the memory
    engine.tick();
    host.pause().pause(BETWEEN_LOOKS);
    engine.setPaused(false);
    engine.sweepAll();
    return HostStatus.of(engine.snapshot());
  }

  /** One that looks and decides, and does nothing. */
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
