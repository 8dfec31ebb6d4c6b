package io.fadvised.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the configuration file lies unless it is named.
 *
 * @param candidates the first of them that exists is the one
 */
record ConfigFiles(List<Path> candidates) {
  ConfigFiles {
    candidates = List.copyOf(candidates);
  }

  /** {@code /etc/fadvised/fadvised.conf}, then the one that came with fadvised. */
  static ConfigFiles ofThisMachine() {
    Path etc = Path.of("/etc/fadvised/fadvised.conf");
    String home = System.getProperty("fadvised.home", "");
    return new ConfigFiles(
        home.isEmpty() ? List.of(etc) : List.of(etc, Path.of(home, "conf", "fadvised.conf")));
  }

  /** Empty if there is none: then the defaults hold. */
  Optional<Path> file() {
    return candidates.stream().filter(Files::exists).findFirst();
  }
}
