package io.fadvised.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the operator's file; one that cannot be read is a problem and counts as empty. */
final class SettingsFile {
  /** Hundreds of times the shipped file; whatever is larger is not a configuration. */
  static final long MAX_BYTES = 1 << 20;

  private SettingsFile() {}

  static Config read(Path file, Problems problems) {
    Place place = new Place(file.toString(), 0);
    try {
      Optional<String> obstacle = obstacle(file);
      if (obstacle.isEmpty()) {
        return ConfigFactory.parseFile(
            file.toFile(),
            ConfigParseOptions.defaults()
                .setAllowMissing(false)
                .setSyntax(ConfigSyntax.CONF)
                .setIncluder(new LocalIncludes()));
      }
      problems.add(place, "", obstacle.get());
    } catch (ConfigException e) {
      problems.add(e, place);
    } catch (IOException e) {
      problems.add(place, "", "cannot be read: " + e.getMessage());
    }
    return ConfigFactory.empty();
  }

  /**
   * Holds an included file to the same; one that is missing is the parser's to judge.
   *
   * @throws ConfigException if it is not to be read
   */
  static void requireSafe(Path file) {
    try {
      Optional<String> obstacle = Files.exists(file) ? obstacle(file) : Optional.empty();
      if (obstacle.isPresent()) {
        throw new ConfigException.Generic(file + ": " + obstacle.get());
      }
    } catch (IOException e) {
      throw new ConfigException.Generic(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static Optional<String> obstacle(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.of("no such file");
    }
    if (Files.isDirectory(file)) {
      return Optional.of("is a directory, not a file");
    }
    if (!Files.isRegularFile(file)) {
      return Optional.of("is not a regular file");
    }
    if (!Files.isReadable(file)) {
      return Optional.of("cannot be read: permission denied");
    }
    Optional<String> distrust = FileTrust.obstacle(file);
    if (distrust.isPresent()) {
      return distrust;
    }
    long bytes = Files.size(file);
    return bytes > MAX_BYTES
        ? Optional.of("has " + bytes + " bytes, more than the limit of " + MAX_BYTES)
        : Optional.empty();
  }
}
