package io.fadvised.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Reads the operator's file and those it includes; an unreadable one is a problem and empty. */
final class SettingsFile {
  /** Hundreds of times the shipped file; limits the heap that a reload takes. */
  static final long MAX_BYTES = 1 << 20;

  private SettingsFile() {}

  static Config read(Path file, Problems problems) {
    return read(file, new Includer(new Place(file.toString(), 0), "", Set.of()), problems)
        .toConfig();
  }

  /**
   * The include of a file.
   *
   * @param place of the include, for problems with the file as a whole
   * @param words the start of a problem's message
   * @param files the real paths of the files that are being read
   */
  record Includer(Place place, String words, Set<Path> files) {}

  static ConfigObject read(Path file, Includer from, Problems problems) {
    try {
      Path real = Files.exists(file) ? file.toRealPath() : file; // checked and read as one
      Optional<String> obstacle = obstacle(real, from.files());
      if (obstacle.isEmpty()) {
        return parse(file, real, from.files(), problems);
      }
      problems.add(from.place(), "", from.words() + obstacle.get());
    } catch (ConfigException e) {
      problems.add(e, new Place(file.toString(), 0));
    } catch (IOException e) {
      problems.add(from.place(), "", from.words() + "cannot be read: " + e.getMessage());
    }
    return ConfigFactory.empty().root();
  }

  private static ConfigObject parse(Path file, Path real, Set<Path> including, Problems problems)
      throws IOException {
    Set<Path> files = new HashSet<>(including);
    files.add(real);
    String text = new String(Files.readAllBytes(real), UTF_8);
    return ConfigFactory.parseString(
            text,
            ConfigParseOptions.defaults()
                .setOriginDescription(file.toString())
                .setIncluder(new Includes(file.toString(), text, files, problems)))
        .root();
  }

  private static Optional<String> obstacle(Path file, Set<Path> including) throws IOException {
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
    if (including.contains(file)) {
      return Optional.of("includes itself");
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
