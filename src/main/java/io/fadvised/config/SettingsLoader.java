package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.net.URL;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Loads the settings from three layers: {@code --set} arguments over the operator's file over
 * {@code reference.conf}, which defines all keys and their defaults.
 */
public final class SettingsLoader {
  private static final String ROOT = "fadvised";

  private SettingsLoader() {}

  /**
   * Loads the settings, or throws with all problems. After a syntax error, a cycle of substitutions
   * or many unresolved ones, there can be more problems than those reported.
   *
   * @param file the operator's file, which must exist
   * @param sets {@code key=value} pairs, with or without {@code fadvised.} before the key
   */
  public static EffectiveSettings load(Optional<Path> file, List<String> sets)
      throws InvalidSettingsException {
    Problems problems = new Problems();
    Optional<EffectiveSettings> settings = Optional.empty();
    try {
      settings = load(file, sets, problems);
    } catch (StackOverflowError e) {
      Place place = new Place(file.map(Path::toString).orElse(Place.SET.strip()), 0);
      problems.add(place, "", "is nested too deeply");
    }
    if (problems.count() > 0) {
      throw new InvalidSettingsException(problems.sorted());
    }
    return settings.orElseThrow();
  }

  /**
   * Loads a file that may be in the middle of being written, after waiting until it is 500 ms old.
   * Files that it includes are not checked.
   */
  public static EffectiveSettings loadWhole(Path file, List<String> sets)
      throws InvalidSettingsException {
    FileAtRest atRest = new FileAtRest(file);
    while (atRest.await()) {
      try {
        EffectiveSettings settings = load(Optional.of(file), sets);
        if (atRest.isUnchanged()) {
          return settings;
        }
      } catch (InvalidSettingsException e) {
        if (atRest.isUnchanged()) {
          throw e;
        }
      }
    }
    throw new InvalidSettingsException(
        List.of(
            new SettingsProblem(
                file.toString(),
                "",
                "was still being written after 5 s; the settings in force stay, reload again")));
  }

  private static Optional<EffectiveSettings> load(
      Optional<Path> file, List<String> sets, Problems problems) {
    Config reference = reference();
    KnownKeys keys = keysOf(reference);
    Config layers =
        SetArguments.parse(sets, problems)
            .withFallback(
                file.map(path -> SettingsFile.read(path, problems)).orElseGet(ConfigFactory::empty))
            .withFallback(reference);
    Optional<Config> resolved = Substitutions.resolve(layers, problems);
    return resolved.flatMap(config -> read(config.root(), keys, problems));
  }

  private static Optional<EffectiveSettings> read(
      ConfigObject config, KnownKeys keys, Problems problems) {
    new KeyCheck(keys, "", problems).check(config);
    if (!(config.get(ROOT) instanceof ConfigObject fadvised)) {
      return Optional.empty();
    }
    return SettingsReader.read(fadvised, keys.root(), problems)
        .map(
            settings ->
                new EffectiveSettings(settings, effective(fadvised, keys), problems.warnings()));
  }

  private static List<EffectiveValue> effective(ConfigObject fadvised, KnownKeys keys) {
    Config config = fadvised.toConfig();
    return keys.keys().stream()
        .map(key -> EffectiveValue.of(keys.root() + key, config.getValue(key)))
        .toList();
  }

  private static Config reference() {
    URL resource = Objects.requireNonNull(SettingsLoader.class.getResource("/reference.conf"));
    return ConfigFactory.parseURL(
            resource, ConfigParseOptions.defaults().setOriginDescription(Place.DEFAULT))
        .withOnlyPath(ROOT);
  }

  /** In the order of reference.conf. */
  private static KnownKeys keysOf(Config reference) {
    return new KnownKeys(
        ROOT + ".",
        reference.getConfig(ROOT).entrySet().stream()
            .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
            .map(Map.Entry::getKey)
            .toList());
  }
}
