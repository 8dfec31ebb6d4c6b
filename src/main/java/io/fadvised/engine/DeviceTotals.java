package io.fadvised.engine;

/**
 * Work done for one device, or for all, since the daemon started.
 *
 * @param sweeps number of sweeps, with or without a measurement
 * @param evictions number of evictions
 * @param adviceCalls calls of posix_fadvise(2)
 * @param releasedBytes bytes measured to leave
 * @param returnedBytes bytes evicted and read back from the disk; estimated from a sample of pages
 */
public record DeviceTotals(
    long sweeps, long evictions, long adviceCalls, long releasedBytes, long returnedBytes) {
  public static final DeviceTotals ZERO = new DeviceTotals(0, 0, 0, 0, 0);

  /**
   * Returns the totals with one more sweep.
   *
   * @param first whether this is the first sweep of the attachment, so that nothing was evicted
   */
  DeviceTotals withSweep(SweepReport report, boolean first) {
    DeviceTotals sweep =
        report
            .eviction()
            .filter(done -> done.adviceCalls() > 0)
            .map(done -> new DeviceTotals(1, 1, done.adviceCalls(), done.releasedBytes(), 0))
            .orElse(new DeviceTotals(1, 0, 0, 0, 0));
    return plus(sweep).plus(new DeviceTotals(0, 0, 0, 0, first ? 0 : report.readBackBytes()));
  }

  /** Returns a sum, without garbage: it is computed at every tick. */
  static DeviceTotals sum(DeviceTotals first, Iterable<Device> devices) {
    long sweeps = first.sweeps;
    long evictions = first.evictions;
    long adviceCalls = first.adviceCalls;
    long releasedBytes = first.releasedBytes;
    long returnedBytes = first.returnedBytes;
    for (Device device : devices) {
      DeviceTotals more = device.totals();
      sweeps += more.sweeps;
      evictions += more.evictions;
      adviceCalls += more.adviceCalls;
      releasedBytes += more.releasedBytes;
      returnedBytes += more.returnedBytes;
    }
    return new DeviceTotals(sweeps, evictions, adviceCalls, releasedBytes, returnedBytes);
  }

  DeviceTotals plus(DeviceTotals other) {
    return new DeviceTotals(
        sweeps + other.sweeps,
        evictions + other.evictions,
        adviceCalls + other.adviceCalls,
        releasedBytes + other.releasedBytes,
        returnedBytes + other.returnedBytes);
  }
}
