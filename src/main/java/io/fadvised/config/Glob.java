package io.fadvised.config;

/**
 * A pattern for loop devices. One that starts with {@code /} is compared with the whole path of the
 * backing file, any other with the name of the device, such as {@code loop3}.
 *
 * <table>
 * <caption>Syntax</caption>
 * <tr><td>{@code *}</td><td>any run of characters but {@code /}</td></tr>
 * <tr><td>{@code **}</td><td>any run of characters</td></tr>
 * <tr><td>{@code ?}</td><td>one character but {@code /}</td></tr>
 * <tr><td>{@code [a-z]}, {@code [!a-z]}</td><td>one character of the set, or none of it; never
 * {@code /}</td></tr>
 * <tr><td>{@code {a,b}}</td><td>one of the alternatives, which may be patterns themselves</td></tr>
 * <tr><td>{@code \x}</td><td>the character x itself</td></tr>
 * </table>
 */
public final class Glob {
  /** Linux's PATH_MAX: a longer pattern is a mistake. */
  static final int MAX_LENGTH = 4096;

  private final String pattern;
  private final GlobAutomaton automaton;

  private Glob(String pattern, GlobAutomaton automaton) {
    this.pattern = pattern;
    this.automaton = automaton;
  }

  /** Throws {@link IllegalArgumentException} if the pattern is not well formed. */
  public static Glob of(String pattern) {
    if (pattern.isEmpty()) {
      throw new IllegalArgumentException("\"\" is an empty pattern");
    }
    if (pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "\"%s...\" is a pattern of more than %d characters"
              .formatted(pattern.substring(0, 40), MAX_LENGTH));
    }
    return new Glob(pattern, GlobParser.parse(pattern));
  }

  public boolean matches(String deviceName, String backingPath) {
    return automaton.matches(pattern.startsWith("/") ? backingPath : deviceName);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob that && pattern.equals(that.pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return pattern;
  }
}
