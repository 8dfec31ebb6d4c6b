package io.fadvised.simulation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A memory cgroup of version 2. Its counters include the cgroups below it. The root has no limit.
 */
final class SimulatedCgroup {
  static final long UNLIMITED = Long.MAX_VALUE;

  /** Counters, in chunks. */
  enum Count {
    INACTIVE,
    ACTIVE,

    /** Memory of its programs. */
    ANONYMOUS,

    /** Dirty or being written. */
    UNWRITTEN,

    /** The age of its page cache, see {@link PageCache}. */
    AGE,
    REFAULTED,
    RECLAIMED
  }

  private final SimulatedCgroup parent;
  private final int number;
  private final String path;
  private final int depth;
  private final List<SimulatedCgroup> members = new ArrayList<>();
  private final Map<Count, long[]> counts = new EnumMap<>(Count.class);
  private final Map<String, Long> ioBytes = new HashMap<>();
  private final Stalls stalls = new Stalls();
  private final long limitChunks;
  private long strikes;
  private long strikesSeen;
  private double turn;

  private SimulatedCgroup(SimulatedCgroup parent, int number, String path, long limitChunks) {
    this.parent = parent;
    this.number = number;
    this.path = path;
    this.limitChunks = limitChunks;
    depth = parent == null ? 0 : parent.depth + 1;
    for (Count what : Count.values()) {
      counts.put(what, new long[1]);
    }
    for (SimulatedCgroup above = this; above != null; above = above.parent) {
      above.members.add(this);
    }
  }

  static SimulatedCgroup root() {
    return new SimulatedCgroup(null, 0, "", UNLIMITED);
  }

  /** Makes a cgroup below this one, with a limit or {@link #UNLIMITED}. */
  SimulatedCgroup child(String name, int childNumber, long childLimitChunks) {
    return new SimulatedCgroup(this, childNumber, path + "/" + name, childLimitChunks);
  }

  String path() {
    return path;
  }

  /** Returns a number of its own; the root's is 0. */
  int number() {
    return number;
  }

  /** Returns the cgroup above; null for the root. */
  SimulatedCgroup parent() {
    return parent;
  }

  /** Returns this cgroup and all below it. */
  List<SimulatedCgroup> members() {
    return members;
  }

  int depth() {
    return depth;
  }

  /** Returns the cgroup above that is so deep, or this one. */
  SimulatedCgroup above(int wantedDepth) {
    SimulatedCgroup found = this;
    while (found.depth > wantedDepth) {
      found = found.parent;
    }
    return found;
  }

  // -- limit -------------------------------------------------------------------------------------

  long limitChunks() {
    return limitChunks;
  }

  boolean hasLimit() {
    return limitChunks != UNLIMITED;
  }

  boolean isFull() {
    return hasLimit() && fileChunks() + count(Count.ANONYMOUS) >= limitChunks;
  }

  /** Counts that its limit was hit. */
  void strike() {
    strikes++;
  }

  long strikes() {
    return strikes;
  }

  // -- counters ----------------------------------------------------------------------------------

  void add(Count what, long change) {
    for (SimulatedCgroup above = this; above != null; above = above.parent) {
      above.counts.get(what)[0] += change;
    }
  }

  long count(Count what) {
    return counts.get(what)[0];
  }

  long fileChunks() {
    return count(Count.INACTIVE) + count(Count.ACTIVE);
  }

  /** Returns whether more than a share of the memory for its files is unwritten. */
  boolean isUnwrittenAbove(double share) {
    for (SimulatedCgroup above = this; above.parent != null; above = above.parent) {
      if (above.hasLimit()
          && above.count(Count.UNWRITTEN)
              > share * (above.limitChunks - above.count(Count.ANONYMOUS))) {
        return true;
      }
    }
    return false;
  }

  void addIo(String device, long bytes) {
    for (SimulatedCgroup above = this; above.parent != null; above = above.parent) {
      above.ioBytes.merge(device, bytes, Long::sum);
    }
  }

  /** Returns the bytes read and written by loop device. */
  Map<String, Long> ioBytes() {
    return ioBytes;
  }

  /** Records that one of its tasks waited for memory. */
  void waited(long nanos) {
    for (SimulatedCgroup above = this; above.parent != null; above = above.parent) {
      above.stalls.waited(nanos);
    }
  }

  /**
   * Ends a slice of time.
   *
   * @param reclaimNanos the time of one reclaim at the limit
   * @return the time of all of them in this slice
   */
  long endSlice(long sliceNanos, long reclaimNanos) {
    long reclaiming = (strikes - strikesSeen) * reclaimNanos;
    strikesSeen = strikes;
    stalls.waited(reclaiming);
    stalls.endSlice(sliceNanos);
    return reclaiming;
  }

  Stalls stalls() {
    return stalls;
  }

  // -- reclaim -----------------------------------------------------------------------------------

  /**
   * Returns the cgroup to scan next for this one or one above it. Each is scanned in proportion to
   * its size.
   *
   * @param sizes returns the chunks on the lists of a cgroup
   */
  SimulatedCgroup nextToScan(Sizes sizes) {
    if (members.size() == 1) {
      return this;
    }
    double all = fileChunks();
    SimulatedCgroup next = this;
    double max = Double.NEGATIVE_INFINITY;
    for (SimulatedCgroup member : members) {
      int own = sizes.of(member);
      if (own > 0) {
        member.turn = Math.min(1, member.turn + own / all);
        if (member.turn > max) {
          max = member.turn;
          next = member;
        }
      }
    }
    next.turn--;
    return next;
  }

  /** Returns the number of chunks on the lists of one cgroup alone. */
  @FunctionalInterface
  interface Sizes {
    int of(SimulatedCgroup cgroup);
  }

  @Override
  public String toString() {
    return path;
  }
}
