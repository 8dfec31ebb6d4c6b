package io.fadvised.config;

import java.util.List;
import java.util.stream.Collectors;

/** Rejects a configuration with all of its problems. */
public final class InvalidSettingsException extends Exception {
  /** EX_CONFIG of sysexits.h; the systemd unit does not restart the service after it. */
  public static final int EXIT_STATUS = 78;

  private final transient List<SettingsProblem> problems;

  public InvalidSettingsException(List<SettingsProblem> problems) {
    super(problems.stream().map(SettingsProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Sorted by file and line; never empty. */
  public List<SettingsProblem> problems() {
    return problems;
  }
}
