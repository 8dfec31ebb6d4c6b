package io.fadvised.metrics;

import static javax.management.MBeanOperationInfo.ACTION;

/** The MBean {@code io.fadvised:type=Control}: state and commands of the daemon. */
@Description("State and commands of the daemon")
public interface ControlMXBean {
  String NAME = "io.fadvised:type=Control";

  @Description("Version of the daemon")
  String getVersion();

  @Description("Process ID of the daemon")
  long getPid();

  @Description("Time of the daemon's start, ISO 8601")
  String getStartedAt();

  @Description("running or paused")
  String getState();

  @Description("Whether decisions are only reported, and nothing is evicted")
  boolean isDryRun();

  @Description("Path of the configuration file; empty if there is none")
  String getConfigFile();

  @Description("All settings with their origins, one line each")
  String[] getSettings();

  @Description("The devices with their state and reason, one line each")
  String[] getDevices();

  @Description("Returns all values of \"fadvised status --json\"")
  String status();

  @Description(
      value =
          "Sweeps every device that is not excluded, waits at most 30 s, and returns a sentence with"
              + " the number of devices, the time and the released bytes",
      impact = ACTION)
  String sweepNow();

  @Description(
      value = "Stops sweeps until resume; the host's pressure is still measured",
      impact = ACTION)
  String pause();

  @Description(value = "Resumes sweeps", impact = ACTION)
  String resume();

  /**
   * Reads the configuration file again and applies it.
   *
   * @throws IllegalArgumentException with all problems of an invalid configuration; the settings in
   *     force stay
   */
  @Description(
      value =
          "Reads the configuration file again and applies it; an invalid one is rejected with all"
              + " its problems, and the settings in force stay",
      impact = ACTION)
  String reload();
}
