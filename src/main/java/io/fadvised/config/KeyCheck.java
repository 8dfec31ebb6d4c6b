package io.fadvised.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.util.Optional;

/** Reports unknown and removed keys, and values where a block of keys belongs. */
final class KeyCheck {
  /** Hints take time; a file with more problems is not a configuration of fadvised. */
  private static final int MAX_HINTS = 100;

  private final KnownKeys known;
  private final String shownBefore;
  private final Problems problems;

  /**
   * @param shownBefore precedes the path in problems
   */
  KeyCheck(KnownKeys known, String shownBefore, Problems problems) {
    this.known = known;
    this.shownBefore = shownBefore;
    this.problems = problems;
  }

  void check(ConfigObject object) {
    check(object, "");
  }

  private void check(ConfigObject object, String parent) {
    object.forEach((name, value) -> check(parent + ConfigUtil.joinPath(name), value));
  }

  private void check(String path, ConfigValue value) {
    if (known.contains(path)) {
      return;
    }
    if (!known.isSection(path)) {
      unknown(path, value);
    } else if (value instanceof ConfigObject section) {
      check(section, path + ".");
    } else {
      report(path, value, Values.quote(value) + " is not a block with " + known.namesIn(path));
    }
  }

  private void unknown(String path, ConfigValue value) {
    if (value instanceof ConfigObject object && !object.isEmpty()) {
      object.forEach((name, inner) -> unknown(path + "." + ConfigUtil.joinPath(name), inner));
      return;
    }
    Optional<String> removed = RemovedKeys.warning(shownBefore + path);
    if (removed.isPresent()) {
      problems.warn(value.origin(), shownBefore + path, removed.get());
      return;
    }
    Optional<String> meant = problems.count() < MAX_HINTS ? known.nearest(path) : Optional.empty();
    String hint = meant.map(key -> "; did you mean " + key + "?").orElse("");
    report(path, value, "unknown key" + hint);
  }

  private void report(String path, ConfigValue value, String message) {
    problems.add(value.origin(), shownBefore + path, message);
  }
}
