package io.fadvised.config;

import com.typesafe.config.ConfigOrigin;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The origin of a value; the line is 0 if the origin has no lines. */
record Place(String name, int line) implements Comparable<Place> {
  /** The origin description of reference.conf. */
  static final String DEFAULT = "default";

  /** How the origin description of a {@code --set} argument starts. */
  static final String SET = "--set ";

  /** The library's origin description of environment variables; it does not name the variable. */
  private static final String ENVIRONMENT = "env variables";

  /** A partly set block, merged with the block of reference.conf. */
  private static final Pattern OVER_DEFAULTS =
      Pattern.compile("merge of (.+?)(?:: ([0-9]{1,9})(?:-[0-9]+)?)?,default(?:: [0-9-]+)?");

  private static final Comparator<Place> BY_NAME_AND_LINE =
      Comparator.comparing(Place::name).thenComparingInt(Place::line);

  static Place of(ConfigOrigin origin) {
    Matcher merged = OVER_DEFAULTS.matcher(origin.description());
    return merged.matches()
        ? of(merged.group(1), merged.group(2) == null ? 0 : Integer.parseInt(merged.group(2)))
        : of(nameIn(origin), origin.lineNumber());
  }

  private static Place of(String name, int line) {
    if (name.equals(ENVIRONMENT)) {
      return new Place("environment", 0);
    }
    boolean hasLines = !name.equals(DEFAULT) && !name.startsWith(SET);
    return new Place(name, hasLines ? Math.max(0, line) : 0);
  }

  boolean isDefault() {
    return name.equals(DEFAULT);
  }

  /** Typesafe Config appends the line, or a range of lines, to the description. */
  private static String nameIn(ConfigOrigin origin) {
    String description = origin.description();
    int end = description.lastIndexOf(": " + origin.lineNumber());
    return origin.lineNumber() > 0 && end > 0 ? description.substring(0, end) : description;
  }

  @Override
  public int compareTo(Place other) {
    return BY_NAME_AND_LINE.compare(this, other);
  }

  @Override
  public String toString() {
    return line > 0 ? name + ":" + line : name;
  }
}
