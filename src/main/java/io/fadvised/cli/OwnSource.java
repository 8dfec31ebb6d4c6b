package io.fadvised.cli;

import io.fadvised.cli.top.StatusSource;
import io.fadvised.config.Settings;
import io.fadvised.engine.Engine;
import io.fadvised.engine.Host;
import io.fadvised.status.HostStatus;

/** Measures in this process when no daemon is running. Evicts nothing. */
final class OwnSource implements StatusSource {
  private final Engine engine;

  OwnSource(Host host, Settings settings) {
    engine = new HostMeasurement(host).engine(settings);
  }

  @Override
  public String name() {
    return "no daemon: measured here";
  }

  @Override
  public HostStatus status() throws InterruptedException {
    engine.makeAllDue();
    engine.tick();
    return HostStatus.of(engine.snapshot());
  }

  @Override
  public String give(Order order) {
    return "no daemon is running";
  }

  @Override
  public void close() {}
}
