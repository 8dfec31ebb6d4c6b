package io.fadvised.simulation;

/** The host's CPUs: if more is asked of them than they have, everything takes longer. */
final class Cpus {
  private final int cpus;
  private double slowdown = 1;
  private double usedNanos;

  Cpus(int cpus) {
    this.cpus = cpus;
  }

  /** How long it takes to have a CPU for so long. */
  long use(long nanos) {
    usedNanos += nanos;
    return (long) (nanos * slowdown);
  }

  void endSlice(long sliceNanos) {
    double asked = usedNanos / ((double) sliceNanos * cpus);
    slowdown = Math.max(1, Math.min(Disk.MOST_SLOWDOWN, slowdown * (1 + asked) / 2));
    usedNanos = 0;
  }
}
