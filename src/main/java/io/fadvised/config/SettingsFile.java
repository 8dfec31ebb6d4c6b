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

  private static final ConfigParseOptions OPTIONS =
      ConfigParseOptions.defaults().setAllowMissing(false).setSyntax(ConfigSyntax.CONF);

  private SettingsFile() {}

  static Config read(Path file, Problems problems) {
    Place place = new Place(file.toString(), 0);
    try {
      Optional<String> obstacle = obstacle(file);
      if (obstacle.isEmpty()) {
        return ConfigFactory.parseFile(file.toFile(), OPTIONS);
      }
      problems.add(place, "", obstacle.get());
    } catch (ConfigException e) {
      problems.add(e, place);
    } catch (IOException e) {
      problems.add(place, "", "cannot be read: " + e.getMessage());
    }
    return ConfigFactory.empty();
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
    long bytes = Files.size(file);
    return bytes > MAX_BYTES
        ? Optional.of("has " + bytes + " bytes, more than the limit of " + MAX_BYTES)
        : Optional.empty();
  }
}
