package io.fadvised.config;

import com.typesafe.config.ConfigOrigin;
import java.util.Comparator;

/** Where a value was written; the line is 0 where lines mean nothing. */
record Place(String name, int line) implements Comparable<Place> {
  /** The origin description of reference.conf. */
  static final String DEFAULT = "default";

  /** How the origin description of a {@code --set} argument starts. */
  static final String SET = "--set ";

  private static final Comparator<Place> BY_NAME_AND_LINE =
      Comparator.comparing(Place::name).thenComparingInt(Place::line);

  static Place of(ConfigOrigin origin) {
    String name = origin.filename() != null ? origin.filename() : nameIn(origin);
    boolean hasLines = !name.equals(DEFAULT) && !name.startsWith(SET);
    return new Place(name, hasLines ? Math.max(0, origin.lineNumber()) : 0);
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
