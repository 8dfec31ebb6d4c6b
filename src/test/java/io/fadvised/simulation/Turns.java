package io.fadvised.simulation;

/** Counts how often a value that wanders turns round by a given part or more. */
final class Turns {
  private final double factor;
  private long extreme;
  private int direction;
  private int count;

  /**
   * @param factor less than that is no turn: from 10 to 21 it is one with a factor of 2
   */
  Turns(double factor) {
    this.factor = factor;
  }

  void add(long value) {
    if (extreme == 0
        || (direction >= 0 && value > extreme)
        || (direction <= 0 && value < extreme)) {
      boolean first = extreme == 0;
      extreme = value;
      if (first) {
        return;
      }
    }
    if (direction >= 0 && value < extreme / factor) {
      turn(-1, value);
    } else if (direction <= 0 && value > extreme * factor) {
      turn(1, value);
    }
  }

  int count() {
    return count;
  }

  private void turn(int next, long value) {
    count += direction == 0 ? 0 : 1;
    direction = next;
    extreme = value;
  }
}
