package io.fadvised.simulation;

import java.util.Arrays;

/** Lists of slots; a slot is in at most one of them. Uses arrays, since a host has a million. */
final class SlotLists {
  static final int NONE = -1;

  private final int[] next;
  private final int[] previous;
  private final int[] sizes;
  private final int slots;

  SlotLists(int slots, int lists) {
    this.slots = slots;
    next = new int[slots + lists];
    previous = new int[slots + lists];
    sizes = new int[lists];
    Arrays.fill(next, NONE);
    for (int list = 0; list < lists; list++) { // a list ends at an extra slot of its own
      next[slots + list] = slots + list;
      previous[slots + list] = slots + list;
    }
  }

  boolean contains(int slot) {
    return next[slot] != NONE;
  }

  int size(int list) {
    return sizes[list];
  }

  void addFirst(int list, int slot) {
    int end = slots + list;
    int first = next[end];
    next[end] = slot;
    previous[slot] = end;
    next[slot] = first;
    previous[first] = slot;
    sizes[list]++;
  }

  /** Returns the slot that was added first; {@link #NONE} if the list is empty. */
  int last(int list) {
    int last = previous[slots + list];
    return last >= slots ? NONE : last;
  }

  void remove(int list, int slot) {
    int after = next[slot];
    int before = previous[slot];
    next[before] = after;
    previous[after] = before;
    next[slot] = NONE;
    sizes[list]--;
  }
}
