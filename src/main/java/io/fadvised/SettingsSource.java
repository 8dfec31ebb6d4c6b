package io.fadvised;

import io.fadvised.config.EffectiveSettings;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.SettingsLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the settings come from, so that they can be read again.
 *
 * @param file the configuration file; empty for the defaults
 * @param sets {@code key=value} pairs that win over the file
 */
public record SettingsSource(Optional<Path> file, List<String> sets) {
  public SettingsSource {
    sets = List.copyOf(sets);
  }

  /**
   * Reads them as they are now.
   *
   * @throws InvalidSettingsException with all problems at once
   */
  public EffectiveSettings load() throws InvalidSettingsException {
    return SettingsLoader.load(file, sets);
  }

  /**
   * Reads them again, when nobody is writing the file.
   *
   * @throws InvalidSettingsException with all problems at once
   */
  public EffectiveSettings loadAgain() throws InvalidSettingsException {
    return file.isPresent() ? SettingsLoader.loadWhole(file.get(), sets) : load();
  }
}
