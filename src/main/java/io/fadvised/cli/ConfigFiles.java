package io.fadvised.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Locates the configuration file for commands without {@code --config}.
 *
 * @param candidates in order; the first that exists is used
 */
record ConfigFiles(List<Path> candidates) {
  ConfigFiles {
    candidates = List.copyOf(candidates);
  }

  /** Tries {@code /etc/fadvised/fadvised.conf}, then the file shipped with fadvised. */
  static ConfigFiles ofThisMachine() {
    Path etc = Path.of("/etc/fadvised/fadvised.conf");
    String home = System.getProperty("fadvised.home", "");
    return new ConfigFiles(
        home.isEmpty() ? List.of(etc) : List.of(etc, Path.of(home, "conf", "fadvised.conf")));
  }

  /** Returns the file; empty if there is none and the defaults apply. */
  Optional<Path> file() {
    return candidates.stream().filter(Files::exists).findFirst();
  }
}
