package io.fadvised.engine;

import io.fadvised.policy.SweepTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The devices that are due, in the order of their turns: the most {@link SweepTime#urgency urgent},
 * then the fullest. So, while there is more to do than time, each gets the same time, whatever its
 * sweeps take: a thousand that were made slow on purpose hold up each other, and next to them one
 * of 5 ms still has a turn every five seconds, or at once if its last one is longer ago.
 *
 * <p>First looks stand in a line of their own, and while both wait each has half of the time (so
 * the five seconds may be ten): a device costs nothing to attach anew, and what a look at it will
 * take is only guessed.
 */
final class WaitingLine {
  private final Deque<ManagedDevice> known = new ArrayDeque<>();
  private final Deque<ManagedDevice> first = new ArrayDeque<>();
  private boolean isFirstsTurn;
  private boolean isContested;

  /** What first looks have had more than the others, while both were in line. */
  private long firstAheadNanos;

  /** Forms anew, of all that are due. */
  void form(Collection<ManagedDevice> due, long nowNanos) {
    fill(known, due.stream().filter(ManagedDevice::hasBeenSwept).toList(), nowNanos);
    fill(first, due.stream().filter(device -> !device.hasBeenSwept()).toList(), nowNanos);
    if (!areBothWaiting()) {
      firstAheadNanos = 0;
    }
  }

  /** Whose turn it is; who has it leaves the line. */
  Optional<ManagedDevice> next() {
    isContested = areBothWaiting();
    isFirstsTurn = isContested ? firstAheadNanos <= 0 : known.isEmpty();
    return Optional.ofNullable((isFirstsTurn ? first : known).poll());
  }

  /** An equal part of what is left of a tick, for who has the turn and each who waits. */
  Duration share(Duration left) {
    int waiting = known.size() + first.size();
    return waiting == 0 ? SweepTime.LONGEST_EVICTION : left.dividedBy(1 + waiting);
  }

  /** That turn has taken so long. */
  void took(long nanos) {
    if (isContested) {
      firstAheadNanos += isFirstsTurn ? nanos : -nanos;
    }
  }

  private boolean areBothWaiting() {
    return !known.isEmpty() && !first.isEmpty();
  }

  private static void fill(Deque<ManagedDevice> line, List<ManagedDevice> due, long nowNanos) {
    line.clear();
    due.stream()
        .sorted(
            Comparator.comparingDouble((ManagedDevice device) -> device.urgency(nowNanos))
                .thenComparingLong(ManagedDevice::residentBytes)
                .reversed())
        .forEach(line::add);
  }
}
