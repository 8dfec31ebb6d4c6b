package io.fadvised.engine;

import io.fadvised.pagecache.Eviction;

/**
 * What has been done for one device, or for all, since the daemon started.
 *
 * @param sweeps times that it was swept, whether it could be measured or not
 * @param evictions times that it was evicted
 * @param adviceCalls calls of posix_fadvise(2)
 * @param releasedBytes bytes seen to leave
 * @param returnedBytes bytes that came back after our eviction without having been written;
 *     estimated from a sample of pages
 */
public record DeviceTotals(
    long sweeps, long evictions, long adviceCalls, long releasedBytes, long returnedBytes) {
  public static final DeviceTotals ZERO = new DeviceTotals(0, 0, 0, 0, 0);

  DeviceTotals withSweep() {
    return new DeviceTotals(sweeps + 1, evictions, adviceCalls, releasedBytes, returnedBytes);
  }

  DeviceTotals withEviction(Eviction eviction) {
    return new DeviceTotals(
        sweeps,
        evictions + 1,
        adviceCalls + eviction.adviceCalls(),
        releasedBytes + eviction.releasedBytes(),
        returnedBytes);
  }

  DeviceTotals withReturned(long bytes) {
    return new DeviceTotals(sweeps, evictions, adviceCalls, releasedBytes, returnedBytes + bytes);
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
