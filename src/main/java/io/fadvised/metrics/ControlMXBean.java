package io.fadvised.metrics;

/** The MBean {@code io.fadvised:type=Control}: what is running, and an operator's orders. */
public interface ControlMXBean {
  /** The name it is registered under. */
  String NAME = "io.fadvised:type=Control";

  /** The version of fadvised that runs. */
  String getVersion();

  /** The process number. */
  long getPid();

  /** When it started, ISO 8601. */
  String getStartedAt();

  /** {@code running} or {@code paused}. */
  String getState();

  /** Whether decisions are only reported. */
  boolean isDryRun();

  /** The configuration file; empty if there is none. */
  String getConfigFile();

  /** Every setting with its origin, one line each. */
  String[] getSettings();

  /** The devices with their state and reason, one line each. */
  String[] getDevices();

  /** Everything that {@code fadvised status} shows, as JSON. */
  String status();

  /**
   * Sweeps every device that is not excluded, now, and waits for it (30 s at most).
   *
   * @return what was done, in a sentence
   */
  String sweepNow();

  /** Stops sweeping until {@link #resume}. Measuring the host's pressure goes on. */
  String pause();

  /** Goes on sweeping. */
  String resume();

  /**
   * Reads the configuration file again. One that cannot be used is refused, and the settings in
   * force stay.
   *
   * @return what was done, in a sentence
   * @throws IllegalArgumentException with all problems of the new configuration
   */
  String reload();
}
