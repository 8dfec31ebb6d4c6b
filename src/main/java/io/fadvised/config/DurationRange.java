package io.fadvised.config;

import java.time.Duration;

/** A range that includes both ends. */
record DurationRange(Duration min, Duration max) {

  /** Returns the value, or throws with the name and the value in the message. */
  Duration require(String name, Duration value) {
    if (!contains(value)) {
      throw new IllegalArgumentException(name + " " + DurationText.of(value) + " is not " + this);
    }
    return value;
  }

  boolean contains(Duration value) {
    return value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
  }

  @Override
  public String toString() {
    return "between " + DurationText.of(min) + " and " + DurationText.of(max);
  }
}
