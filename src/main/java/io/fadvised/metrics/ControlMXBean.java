package io.fadvised.metrics;

/** The MBean {@code io.fadvised:type=Control}: state and commands of the daemon. */
public interface ControlMXBean {
  String NAME = "io.fadvised:type=Control";

  String getVersion();

  long getPid();

  /** The start time, ISO 8601. */
  String getStartedAt();

  /** {@code running} or {@code paused}. */
  String getState();

  /** Returns whether decisions are only reported. */
  boolean isDryRun();

  /** The configuration file; empty if there is none. */
  String getConfigFile();

  /** All settings with their origins, one line each. */
  String[] getSettings();

  /** The devices with their state and reason, one line each. */
  String[] getDevices();

  /** All values of {@code fadvised status}, as JSON. */
  String status();

  /**
   * Sweeps every device that is not excluded and waits for it, at most 30 s.
   *
   * @return a sentence with the number of devices, the time and the released bytes
   */
  String sweepNow();

  /** Stops sweeps until {@link #resume}; the host's pressure is still measured. */
  String pause();

  /** Resumes sweeps. */
  String resume();

  /**
   * Reads the configuration file again and applies it.
   *
   * @return a sentence, with any warnings
   * @throws IllegalArgumentException with all problems of an invalid configuration; the settings in
   *     force stay
   */
  String reload();
}
