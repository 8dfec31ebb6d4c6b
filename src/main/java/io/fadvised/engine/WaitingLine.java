package io.fadvised.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The devices that are due, in the order of their turns: who has waited longest, then the fullest.
 * But those that take at most half as long as all do in the mean have half of the time for
 * themselves, so that a thousand devices that were made slow on purpose hold up each other more
 * than one that is quick. Nor is anybody held up by the quick ones: a turn comes at worst twice as
 * late.
 */
final class WaitingLine {
  /** What a first look will take nobody knows: some ms, or 500 where pages are strewn about. */
  private static final long FIRST_NANOS = 100_000_000;

  private Map<ManagedDevice, Long> sinceNanos = Map.of();

  /** Those in line, by name: devices themselves may be a worker's meanwhile. */
  private Set<String> quick = Set.of();

  private boolean isMixed;

  /** What the quick ones have had more than the others, while both were in line. */
  private long quickAheadNanos;

  List<ManagedDevice> inOrder(List<ManagedDevice> due, long nowNanos) {
    Map<ManagedDevice, Long> since = new HashMap<>();
    due.forEach(device -> since.put(device, sinceNanos.getOrDefault(device, nowNanos)));
    sinceNanos = since;
    List<ManagedDevice> line = new ArrayList<>(due);
    line.sort(
        Comparator.comparingLong((ManagedDevice device) -> sinceNanos(device) - nowNanos)
            .thenComparing(Comparator.comparingLong(ManagedDevice::residentBytes).reversed()));
    double meanNanos = line.stream().mapToLong(WaitingLine::turnNanos).average().orElse(0);
    quick =
        line.stream()
            .filter(device -> device.hasBeenSwept() && 2 * turnNanos(device) <= meanNanos)
            .map(ManagedDevice::name)
            .collect(Collectors.toSet());
    isMixed = !quick.isEmpty() && quick.size() < line.size();
    quickAheadNanos = isMixed ? quickAheadNanos : 0;
    return withTimeForQuickOnes(line);
  }

  /** It has its turn. */
  void leave(ManagedDevice device) {
    if (isMixed) {
      quickAheadNanos += isQuick(device) ? turnNanos(device) : -turnNanos(device);
    }
    sinceNanos.remove(device);
  }

  private List<ManagedDevice> withTimeForQuickOnes(List<ManagedDevice> line) {
    Queue<ManagedDevice> first = new ArrayDeque<>(line.stream().filter(this::isQuick).toList());
    Queue<ManagedDevice> others =
        new ArrayDeque<>(line.stream().filter(device -> !isQuick(device)).toList());
    List<ManagedDevice> mixed = new ArrayList<>();
    long ahead = quickAheadNanos;
    while (!first.isEmpty() && !others.isEmpty()) {
      boolean isQuicksTurn =
          ahead < 0 || (ahead == 0 && sinceNanos(first.element()) <= sinceNanos(others.element()));
      ManagedDevice next = (isQuicksTurn ? first : others).remove();
      ahead += isQuicksTurn ? turnNanos(next) : -turnNanos(next);
      mixed.add(next);
    }
    mixed.addAll(first);
    mixed.addAll(others);
    return mixed;
  }

  private boolean isQuick(ManagedDevice device) {
    return quick.contains(device.name());
  }

  private long sinceNanos(ManagedDevice device) {
    return sinceNanos.getOrDefault(device, Long.MAX_VALUE);
  }

  private static long turnNanos(ManagedDevice device) {
    return device.hasBeenSwept() ? device.lastTookNanos() : FIRST_NANOS;
  }
}
