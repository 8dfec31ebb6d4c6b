package io.fadvised.simulation;

/** Pressure stall information: the time in which at least one program waited. */
final class Stalls {
  private double waitedNanos;
  private double someNanos;

  void waited(long nanos) {
    waitedNanos += nanos;
  }

  /** Ends a slice; programs wait independently of each other, so that their waits overlap. */
  void endSlice(long sliceNanos) {
    if (waitedNanos > 0) {
      someNanos += sliceNanos * (1 - Math.exp(-waitedNanos / sliceNanos));
      waitedNanos = 0;
    }
  }

  long someMicros() {
    return (long) (someNanos / 1e3);
  }
}
