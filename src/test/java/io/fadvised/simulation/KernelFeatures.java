package io.fadvised.simulation;

/**
 * The features of a simulated kernel that the engine depends on.
 *
 * @param hasCachestat whether it has cachestat(2) (6.5)
 * @param hasPsi whether it counts stalls, and reports them (4.20)
 * @param isEl7 whether it is 3.10: it counts neither the I/O of loop devices nor refaults, reports
 *     neither direct I/O nor a diskseq, and every advice whose range is not fully resident drains
 *     the page lists of all processors (before 5.10)
 */
record KernelFeatures(boolean hasCachestat, boolean hasPsi, boolean isEl7) {
  /** 6.18. */
  static final KernelFeatures NEW = new KernelFeatures(true, true, false);

  static final KernelFeatures WITHOUT_CACHESTAT = new KernelFeatures(false, true, false);

  static final KernelFeatures WITHOUT_PSI = new KernelFeatures(true, false, false);

  /** 3.10.0-1160 in an emulated machine. */
  static final KernelFeatures EL7 = new KernelFeatures(false, false, true);

  /** For each page of the range: 55 to 65 ns (measured); 600 MiB took 50 ms on 3.10. */
  long mincoreNanosPerPage() {
    return isEl7 ? 325 : 60;
  }

  /** For each page that leaves: about 30 ns (measured); 283 MiB took 0.18 s on 3.10. */
  long adviceNanosPerPage() {
    return isEl7 ? 2_500 : 30;
  }

  /** Draining: 0.5 ms (100,000 calls in 52 s); 0.7 to 1.3 ms on 3.10. */
  long drainNanos() {
    return isEl7 ? 1_000_000 : 500_000;
  }
}
