package io.fadvised.simulation;

/** The host's CPUs: if their capacity is exceeded, everything takes longer. */
final class Cpus {
  private final int cpus;
  private double slowdown = 1;
  private double usedNanos;

  Cpus(int cpus) {
    this.cpus = cpus;
  }

  /** Returns the time in which a program gets {@code nanos} of CPU time. */
  long use(long nanos) {
    usedNanos += nanos;
    return (long) (nanos * slowdown);
  }

  void endSlice(long sliceNanos) {
    double asked = usedNanos / ((double) sliceNanos * cpus);
    slowdown = Math.max(1, Math.min(Disk.MAX_SLOWDOWN, slowdown * (1 + asked) / 2));
    usedNanos = 0;
  }
}
