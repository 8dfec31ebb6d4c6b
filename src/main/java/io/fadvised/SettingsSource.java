package io.fadvised;

import io.fadvised.config.EffectiveSettings;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.fadvised.linux.Failures;
import io.fadvised.pressure.PressureReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The origin of the settings, for reading them again.
 *
 * @param file the configuration file; empty for the defaults
 * @param sets {@code key=value} pairs that override the file
 */
public record SettingsSource(Optional<Path> file, List<String> sets) {
  public SettingsSource {
    sets = List.copyOf(sets);
  }

  /**
   * Reads the settings.
   *
   * @throws InvalidSettingsException with all problems at once
   */
  public EffectiveSettings load() throws InvalidSettingsException {
    return SettingsLoader.load(file, sets);
  }

  /**
   * Reads the settings again, after waiting until the file is complete.
   *
   * @throws InvalidSettingsException with all problems at once
   */
  public EffectiveSettings loadAgain() throws InvalidSettingsException {
    return file.isPresent() ? SettingsLoader.loadWhole(file.get(), sets) : load();
  }

  /**
   * Warnings about usable settings: removed keys, and budgets that do not fit the memory of this
   * host.
   *
   * @param procRoot usually {@code /proc}
   */
  public static List<String> warnings(EffectiveSettings settings, Path procRoot) {
    List<String> warnings = new ArrayList<>();
    settings.warnings().forEach(warning -> warnings.add(warning.toString()));
    budgetWarning(settings.settings(), procRoot).ifPresent(warnings::add);
    return warnings;
  }

  private static Optional<String> budgetWarning(Settings settings, Path procRoot) {
    try {
      long memory = new PressureReader(procRoot).read().memory().totalBytes();
      return settings.budget().problem(memory).map(words -> words + "; the smaller one applies");
    } catch (IOException e) {
      return Optional.of("cannot read the memory of this host: " + Failures.words(e));
    }
  }
}
