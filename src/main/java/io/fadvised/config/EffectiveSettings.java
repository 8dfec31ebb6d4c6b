package io.fadvised.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Valid settings with the origin of each value.
 *
 * @param warnings keys that were removed, by file and line
 */
public record EffectiveSettings(
    Settings settings, List<EffectiveValue> values, List<SettingsProblem> warnings) {
  /** Origins are aligned to at most this column. */
  private static final int MAX_WIDTH = 66;

  public EffectiveSettings {
    values = List.copyOf(values);
    warnings = List.copyOf(warnings);
  }

  /** Returns a configuration file: one line for each key, with its origin as a comment. */
  public String render() {
    int width = values.stream().mapToInt(value -> value.toString().length()).max().orElse(0);
    return values.stream()
        .map(value -> line(value, Math.min(width, MAX_WIDTH)))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(EffectiveValue value, int width) {
    String assignment = value.toString();
    String padding = " ".repeat(Math.max(0, width - assignment.length()));
    return assignment + padding + "  # " + value.origin().replaceAll("\\R", " ");
  }
}
