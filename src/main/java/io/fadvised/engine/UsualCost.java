package io.fadvised.engine;

/**
 * The usual duration of a repeated task: the shortest of its last four. Longer ones include time in
 * which other programs used the processor, and a rest in proportion to them would make the daemon
 * slow on a busy host. Zero until there are four. Owned by one thread.
 */
final class UsualCost {
  private final long[] durations = new long[4];
  private int next;

  void add(long nanos) {
    durations[next] = nanos;
    next = (next + 1) % durations.length;
  }

  long nanos() {
    long shortest = durations[0];
    for (long duration : durations) {
      shortest = Math.min(shortest, duration);
    }
    return shortest;
  }
}
