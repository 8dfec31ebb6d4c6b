package io.fadvised.metrics;

/** Fixed attributes; each command returns its name. */
public final class FakeControl implements ControlMXBean {
  @Override
  public String getVersion() {
    return "1.2.3";
  }

  @Override
  public long getPid() {
    return 42;
  }

  @Override
  public String getStartedAt() {
    return "2025-03-01T12:00:00Z";
  }

  @Override
  public String getState() {
    return "running";
  }

  @Override
  public boolean isDryRun() {
    return false;
  }

  @Override
  public String getConfigFile() {
    return "";
  }

  @Override
  public String[] getSettings() {
    return new String[] {"dry-run = false  # default"};
  }

  @Override
  public String[] getDevices() {
    return new String[0];
  }

  @Override
  public String status() {
    return "{}";
  }

  @Override
  public String sweepNow() {
    return "swept";
  }

  @Override
  public String pause() {
    return "paused";
  }

  @Override
  public String resume() {
    return "resumed";
  }

  @Override
  public String reload() {
    throw new IllegalArgumentException("fadvised.conf: 3: no such key");
  }
}
