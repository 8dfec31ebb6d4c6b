package io.fadvised.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pattern for loop devices. One that starts with {@code /} is compared with the whole path of the
 * backing file, any other with the name of the device, such as {@code loop3}.
 *
 * <p>{@code *} matches any run of characters except {@code /}, {@code **} any run of characters,
 * and {@code ?} one character except {@code /}. All other characters match themselves.
 */
public final class Glob {
  /** Special in other tools: they would silently match nothing here. */
  private static final Pattern UNSUPPORTED = Pattern.compile("[\\[{\\\\]");

  private static final Pattern DEVICE_NODE = Pattern.compile("/dev/(loop[0-9*?]+)");
  private static final Pattern NOT_NORMAL = Pattern.compile("//|/\\.\\.?(/|$)");

  /** Tokens that are no code points. */
  private static final int RUN_WITH_SLASHES = -1;

  private static final int RUN = -2;
  private static final int ONE = -3;

  private final String pattern;
  private final int[] tokens;

  private Glob(String pattern) {
    this.pattern = pattern;
    this.tokens = tokens(pattern);
  }

  /**
   * Throws {@link IllegalArgumentException} if the pattern is empty, uses the syntax of other
   * tools, or can match no loop device and no backing file.
   */
  public static Glob of(String pattern) {
    Matcher unsupported = UNSUPPORTED.matcher(pattern);
    if (unsupported.find()) {
      throw malformed(
          pattern,
          "contains %s; only *, ** and ? are special, and ? matches any one character"
              .formatted(unsupported.group()));
    }
    Glob glob = new Glob(pattern);
    if (pattern.isEmpty()) {
      throw malformed(pattern, "is an empty pattern");
    } else if (pattern.startsWith("/")) {
      requirePathOfFile(pattern);
    } else if (!glob.matchesSomeLoopDevice()) {
      throw malformed(
          pattern, "matches no loop device; write a name such as loop3, or start a path with /");
    }
    return glob;
  }

  public boolean matches(String deviceName, String backingPath) {
    boolean[] reached = start();
    for (int codePoint :
        (pattern.startsWith("/") ? backingPath : deviceName).codePoints().toArray()) {
      reached = step(reached, codePoint);
    }
    return reached[tokens.length];
  }

  private static void requirePathOfFile(String pattern) {
    Matcher node = DEVICE_NODE.matcher(pattern);
    if (node.matches()) {
      throw malformed(
          pattern, "matches no backing file; write \"%s\" for the device".formatted(node.group(1)));
    }
    if (NOT_NORMAL.matcher(pattern).find()) {
      throw malformed(pattern, "matches no path: the kernel reports paths without //, /. and /..");
    }
    if (pattern.endsWith("/")) {
      throw malformed(pattern, "matches no file; write \"%s**\"".formatted(pattern));
    }
  }

  private static IllegalArgumentException malformed(String pattern, String why) {
    return new IllegalArgumentException(Values.quote(pattern) + " " + why);
  }

  private static int[] tokens(String pattern) {
    List<Integer> tokens = new ArrayList<>();
    for (int codePoint : pattern.codePoints().toArray()) {
      int last = tokens.size() - 1;
      if (codePoint == '*' && last >= 0 && tokens.get(last) == RUN) {
        tokens.set(last, RUN_WITH_SLASHES);
      } else {
        tokens.add(codePoint == '*' ? Integer.valueOf(RUN) : codePoint == '?' ? ONE : codePoint);
      }
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The kernel numbers loop devices with up to seven digits. */
  private boolean matchesSomeLoopDevice() {
    boolean[] reached = start();
    for (int letter : "loop".codePoints().toArray()) {
      reached = step(reached, letter);
    }
    boolean matches = false;
    for (int digits = 1; digits <= 7 && !matches; digits++) {
      boolean[] next = new boolean[tokens.length + 1];
      for (int digit = '0'; digit <= '9'; digit++) {
        boolean[] one = step(reached, digit);
        for (int i = 0; i < next.length; i++) {
          next[i] |= one[i];
        }
      }
      reached = next;
      matches = reached[tokens.length];
    }
    return matches;
  }

  /** Element n is true if the first n tokens match the text so far; no token is tried twice. */
  private boolean[] start() {
    boolean[] reached = new boolean[tokens.length + 1];
    reached[0] = true;
    return withEmptyRuns(reached);
  }

  private boolean[] step(boolean[] reached, int codePoint) {
    boolean[] next = new boolean[tokens.length + 1];
    for (int i = 0; i < tokens.length; i++) {
      if (reached[i] && accepts(tokens[i], codePoint)) {
        next[isRun(tokens[i]) ? i : i + 1] = true;
      }
    }
    return withEmptyRuns(next);
  }

  private boolean[] withEmptyRuns(boolean[] reached) {
    for (int i = 0; i < tokens.length; i++) {
      reached[i + 1] |= reached[i] && isRun(tokens[i]);
    }
    return reached;
  }

  private static boolean isRun(int token) {
    return token == RUN || token == RUN_WITH_SLASHES;
  }

  private static boolean accepts(int token, int codePoint) {
    return token == codePoint || token == RUN_WITH_SLASHES || (token < 0 && codePoint != '/');
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
