package io.fadvised.config;

import io.fadvised.config.GlobAutomaton.Consume;
import io.fadvised.config.GlobAutomaton.Fork;
import io.fadvised.config.GlobAutomaton.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Translates a pattern, from left to right, into the states of an automaton. */
final class GlobParser {
  /** Deeper nesting is a mistake, and the parser is recursive. */
  private static final int MAX_DEPTH = 16;

  private final String pattern;
  private final int[] codePoints;
  private final List<State> states = new ArrayList<>();
  private int position;
  private int depth;

  private GlobParser(String pattern) {
    this.pattern = pattern;
    this.codePoints = pattern.codePoints().toArray();
  }

  static GlobAutomaton parse(String pattern) {
    GlobParser parser = new GlobParser(pattern);
    parser.sequence(false);
    return new GlobAutomaton(parser.states);
  }

  /** Ends before the comma or brace that closes an alternative, or with the pattern. */
  private void sequence(boolean inBraces) {
    while (position < codePoints.length) {
      if (inBraces && (peek() == ',' || peek() == '}')) {
        return;
      }
      element(codePoints[position++]);
    }
  }

  private void element(int codePoint) {
    switch (codePoint) {
      case '*' -> run(skip('*') ? any -> true : GlobParser::isNoSlash);
      case '?' -> consume(GlobParser::isNoSlash);
      case '[' -> consume(set());
      case '{' -> alternatives();
      case '\\' -> literal(escaped());
      default -> literal(codePoint);
    }
  }

  private void literal(int codePoint) {
    consume(actual -> actual == codePoint);
  }

  private void consume(IntPredicate accepts) {
    states.add(new Consume(accepts, states.size() + 1));
  }

  private void run(IntPredicate accepts) {
    int start = states.size();
    states.add(new Fork(List.of(start + 1, start + 2)));
    states.add(new Consume(accepts, start));
  }

  private void alternatives() {
    if (++depth > MAX_DEPTH) {
      throw malformed("has braces more than " + MAX_DEPTH + " deep");
    }
    int fork = reserve();
    List<Integer> starts = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    do {
      starts.add(states.size());
      sequence(true);
      ends.add(reserve());
    } while (skip(','));
    if (!skip('}')) {
      throw malformed("has a { without its }");
    }
    depth--;
    states.set(fork, new Fork(List.copyOf(starts)));
    ends.forEach(end -> states.set(end, new Fork(List.of(states.size()))));
  }

  private int reserve() {
    states.add(new Fork(List.of()));
    return states.size() - 1;
  }

  private IntPredicate set() {
    boolean negated = skip('!');
    List<IntPredicate> ranges = new ArrayList<>();
    while (ranges.isEmpty() || peekOrFail() != ']') {
      ranges.add(range());
    }
    position++;
    IntPredicate member = codePoint -> ranges.stream().anyMatch(range -> range.test(codePoint));
    return (negated ? member.negate() : member).and(GlobParser::isNoSlash);
  }

  private IntPredicate range() {
    int low = member();
    if (peekOrFail() != '-'
        || position + 1 >= codePoints.length
        || codePoints[position + 1] == ']') {
      return codePoint -> codePoint == low;
    }
    position++;
    int high = member();
    if (high < low) {
      throw malformed("has a range from high to low");
    }
    return codePoint -> codePoint >= low && codePoint <= high;
  }

  private int member() {
    int codePoint = peekOrFail();
    position++;
    return codePoint == '\\' ? escaped() : codePoint;
  }

  private int escaped() {
    if (position == codePoints.length) {
      throw malformed("ends with a lone backslash");
    }
    return codePoints[position++];
  }

  private static boolean isNoSlash(int codePoint) {
    return codePoint != '/';
  }

  private int peek() {
    return codePoints[position];
  }

  private int peekOrFail() {
    if (position == codePoints.length) {
      throw malformed("has a [ without its ]");
    }
    return peek();
  }

  private boolean skip(int codePoint) {
    if (position < codePoints.length && peek() == codePoint) {
      position++;
      return true;
    }
    return false;
  }

  private IllegalArgumentException malformed(String why) {
    return new IllegalArgumentException("\"" + pattern + "\" " + why);
  }
}
