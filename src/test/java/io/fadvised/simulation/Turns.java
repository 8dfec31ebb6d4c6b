package io.fadvised.simulation;

/** Counts how often a changing value reverses its direction by a minimum change. */
final class Turns {
  private final double minChange;
  private double extreme = Double.NaN;
  private int direction;
  private int count;

  /**
   * @param minChange minimum change of a turn
   */
  Turns(double minChange) {
    this.minChange = minChange;
  }

  void add(double value) {
    if (Double.isNaN(extreme)
        || (direction > 0 && value > extreme)
        || (direction < 0 && value < extreme)) {
      extreme = value;
    } else if (direction >= 0 && value <= extreme - minChange) {
      turn(-1, value);
    } else if (direction <= 0 && value >= extreme + minChange) {
      turn(1, value);
    }
  }

  int count() {
    return count;
  }

  private void turn(int next, double value) {
    count += direction == 0 ? 0 : 1;
    direction = next;
    extreme = value;
  }
}
