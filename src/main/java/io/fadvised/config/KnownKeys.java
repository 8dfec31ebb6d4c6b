package io.fadvised.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The keys of the configuration.
 *
 * @param root what every key starts with: {@code fadvised.}, or nothing within an override
 * @param keys the keys without the root, in display order
 */
record KnownKeys(String root, List<String> keys) {
  /** Longer than any key; distances to longer texts are not computed. */
  private static final int MAX_LENGTH = 100;

  KnownKeys {
    keys = List.copyOf(keys);
  }

  boolean contains(String path) {
    return path.startsWith(root) && keys.contains(path.substring(root.length()));
  }

  boolean isSection(String path) {
    return keys.stream().anyMatch(key -> (root + key).startsWith(path + "."));
  }

  /** The keys below a section, without its path. */
  String namesIn(String section) {
    return keys.stream()
        .map(root::concat)
        .filter(key -> key.startsWith(section + "."))
        .map(key -> key.substring(section.length() + 1))
        .collect(Collectors.joining(", "));
  }

  /** The known key that is most similar; with the root only if the path lacks it. */
  Optional<String> nearest(String path) {
    String best = "";
    int smallest = Integer.MAX_VALUE;
    for (String key : keys) {
      int distance = Math.min(distance(path, key), distance(path, root + key));
      if (distance < smallest) {
        best = key;
        smallest = distance;
      }
    }
    if (smallest == Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return Optional.of(path.startsWith(root) ? best : root + best);
  }

  /** Compares the names after the common leading ones; a large distance is infinite. */
  private static int distance(String path, String key) {
    if (path.length() > MAX_LENGTH) {
      return Integer.MAX_VALUE;
    }
    int common = commonNames(path, key);
    String a = path.substring(common);
    String b = key.substring(common);
    int distance = EditDistance.between(a, b);
    int near = Math.max(1, Math.max(a.length(), b.length()) / 3);
    return distance <= near ? distance : Integer.MAX_VALUE;
  }

  private static int commonNames(String a, String b) {
    int common = 0;
    for (int i = 0; i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i); i++) {
      if (a.charAt(i) == '.') {
        common = i + 1;
      }
    }
    return common;
  }
}
