package io.fadvised.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The devices that are due, in the order of their turns: who has waited longest, then the fullest.
 * But those that take at most half as long as all do in the mean have half of the time for
 * themselves: a thousand devices that were made slow on purpose hold up each other, and hardly one
 * that is quick. Nor is anybody held up by the quick ones: a turn comes at worst twice as late.
 */
final class WaitingLine {
  private Map<ManagedDevice, Long> sinceNanos = Map.of();

  List<ManagedDevice> inOrder(List<ManagedDevice> due, long nowNanos) {
    Map<ManagedDevice, Long> since = new HashMap<>();
    due.forEach(device -> since.put(device, sinceNanos.getOrDefault(device, nowNanos)));
    sinceNanos = since;
    List<ManagedDevice> line = new ArrayList<>(due);
    line.sort(
        Comparator.comparingLong(
                (ManagedDevice device) -> since.getOrDefault(device, nowNanos) - nowNanos)
            .thenComparing(Comparator.comparingLong(ManagedDevice::residentBytes).reversed()));
    return withTimeForQuickOnes(line);
  }

  /** It has its turn. */
  void leave(ManagedDevice device) {
    sinceNanos.remove(device);
  }

  private static List<ManagedDevice> withTimeForQuickOnes(List<ManagedDevice> line) {
    long allNanos = line.stream().mapToLong(ManagedDevice::lastTookNanos).sum();
    Queue<ManagedDevice> quick = new ArrayDeque<>();
    Queue<ManagedDevice> others = new ArrayDeque<>();
    line.forEach(device -> (isQuick(device, allNanos / line.size()) ? quick : others).add(device));
    List<ManagedDevice> mixed = new ArrayList<>();
    long aheadNanos = 0; // what the quick ones have had more than the others
    while (!quick.isEmpty() || !others.isEmpty()) {
      boolean isQuick = others.isEmpty() || (!quick.isEmpty() && aheadNanos <= 0);
      ManagedDevice next = (isQuick ? quick : others).remove();
      aheadNanos += isQuick ? next.lastTookNanos() : -next.lastTookNanos();
      mixed.add(next);
    }
    return mixed;
  }

  /** Of a new one nobody knows; many may come. */
  private static boolean isQuick(ManagedDevice device, long meanNanos) {
    return device.hasBeenSwept() && 2 * device.lastTookNanos() <= meanNanos;
  }
}
