package io.fadvised.simulation;

/** Counts how often a changing value reverses its direction by a factor or more. */
final class Turns {
  private final double factor;
  private long extreme;
  private int direction;
  private int count;

  /**
   * @param factor minimum change of a turn: with a factor of 2, from 10 to 21 is a turn
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
