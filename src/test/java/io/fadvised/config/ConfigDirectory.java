package io.fadvised.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A directory with a configuration file, and the results of loading it. */
final class ConfigDirectory {
  private final Path directory;

  ConfigDirectory(Path directory) {
    this.directory = directory;
  }

  Path file() {
    return directory.resolve("fadvised.conf");
  }

  Path write(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Settings settings(String text, String... sets) throws InvalidSettingsException {
    return load(text, sets).settings();
  }

  EffectiveSettings load(String text, String... sets) throws InvalidSettingsException {
    return SettingsLoader.load(Optional.of(write("fadvised.conf", text)), List.of(sets));
  }

  /** The printed problems without the path of the directory. */
  List<String> problems(String text, String... sets) {
    write("fadvised.conf", text);
    return problemsOf(file(), sets);
  }

  List<String> problemsOf(Path file, String... sets) {
    InvalidSettingsException refusal =
        catchThrowableOfType(
            InvalidSettingsException.class,
            () -> SettingsLoader.load(Optional.of(file), List.of(sets)));
    return refusal.problems().stream()
        .map(problem -> problem.toString().replace(directory + "/", ""))
        .toList();
  }
}
