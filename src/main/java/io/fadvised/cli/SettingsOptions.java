package io.fadvised.cli;

import io.fadvised.config.EffectiveSettings;
import io.fadvised.config.InvalidSettingsException;
import io.fadvised.config.SettingsLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands for which settings matter. */
final class SettingsOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration; default: /etc/fadvised/fadvised.conf, or else the file shipped with"
              + " fadvised.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set this key, overriding the file; can be repeated.")
  private List<String> sets = new ArrayList<>();

  /** The file that was named. */
  Optional<Path> namedFile() {
    return Optional.ofNullable(config);
  }

  List<String> sets() {
    return List.copyOf(sets);
  }

  /** Whether anything was given. */
  boolean isGiven() {
    return config != null || !sets.isEmpty();
  }

  /** The file that counts: the one that was named, else the usual one; empty if there is none. */
  Optional<Path> file(ConfigFiles usual) {
    return namedFile().or(usual::file);
  }

  /** Loads the settings, or fails with every problem. */
  EffectiveSettings load(ConfigFiles usual) throws CommandFailedException {
    return load(file(usual), sets);
  }

  static EffectiveSettings load(Optional<Path> file, List<String> sets)
      throws CommandFailedException {
    try {
      return SettingsLoader.load(file, sets);
    } catch (InvalidSettingsException e) {
      throw CommandFailedException.of(e);
    }
  }
}
