package io.fadvised.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A folder with a configuration file, and what comes of loading it. */
final class ConfigFolder {
  private final Path folder;

  ConfigFolder(Path folder) {
    this.folder = folder;
  }

  Path file() {
    return folder.resolve("fadvised.conf");
  }

  Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
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

  /** The problems as they are printed, without the folder. */
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
        .map(problem -> problem.toString().replace(folder + "/", ""))
        .toList();
  }
}
