package io.fadvised.config;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Matches without backtracking: the time is bounded by the length of the name times the number of
 * states, whatever the name. A regular expression would need cubic time and more for several {@code
 * **}.
 */
final class GlobAutomaton {
  private final List<State> states;

  GlobAutomaton(List<State> states) {
    this.states = List.copyOf(states);
  }

  boolean matches(String name) {
    BitSet current = closure(List.of(0));
    for (int codePoint : name.codePoints().toArray()) {
      current = closure(step(current, codePoint));
      if (current.isEmpty()) {
        return false;
      }
    }
    return current.get(states.size());
  }

  private List<Integer> step(BitSet from, int codePoint) {
    List<Integer> reached = new ArrayList<>();
    from.stream()
        .filter(number -> number < states.size())
        .forEach(
            number -> {
              if (states.get(number) instanceof Consume consume
                  && consume.accepts().test(codePoint)) {
                reached.add(consume.next());
              }
            });
    return reached;
  }

  /** The given states and all that are reached from them without a character. */
  private BitSet closure(List<Integer> seeds) {
    BitSet reached = new BitSet(states.size() + 1);
    List<Integer> open = new ArrayList<>(seeds);
    while (!open.isEmpty()) {
      int number = open.remove(open.size() - 1);
      if (reached.get(number)) {
        continue;
      }
      reached.set(number);
      if (number < states.size() && states.get(number) instanceof Fork fork) {
        open.addAll(fork.next());
      }
    }
    return reached;
  }

  /** A state is named by its place in the list; the place after the last one accepts. */
  sealed interface State {}

  /** Goes on if the next character is accepted. */
  record Consume(IntPredicate accepts, int next) implements State {}

  /** Goes on without a character, to each of the next states. */
  record Fork(List<Integer> next) implements State {}
}
