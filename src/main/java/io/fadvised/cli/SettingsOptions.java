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

/** The options of commands that read settings. */
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

  /** Returns the argument of {@code --config}. */
  Optional<Path> namedFile() {
    return Optional.ofNullable(config);
  }

  List<String> sets() {
    return List.copyOf(sets);
  }

  /** Returns whether any of these options was given. */
  boolean isGiven() {
    return config != null || !sets.isEmpty();
  }

  /** Returns the given file, or else the usual one; empty if neither exists. */
  Optional<Path> file(ConfigFiles usual) {
    return namedFile().or(usual::file);
  }

  /** Loads the settings; the exception lists all problems. */
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
