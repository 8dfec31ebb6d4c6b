package io.fadvised.config;

import java.time.Duration;

/** Both ends belong to the range. */
record DurationRange(Duration least, Duration most) {

  /** Returns the value, or throws with the name and the value in the message. */
  Duration require(String name, Duration value) {
    if (!contains(value)) {
      throw new IllegalArgumentException(name + " " + DurationText.of(value) + " is not " + this);
    }
    return value;
  }

  boolean contains(Duration value) {
    return value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
  }

  @Override
  public String toString() {
    return "between " + DurationText.of(least) + " and " + DurationText.of(most);
  }
}
