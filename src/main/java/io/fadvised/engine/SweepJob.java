package io.fadvised.engine;

import io.fadvised.config.DevicePolicy;
import io.fadvised.config.DirectIoMode;
import io.fadvised.config.Settings;
import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.FileNames;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Allowance;
import io.fadvised.policy.Backoff;
import io.fadvised.policy.Conditions;
import io.fadvised.policy.FillRate;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The immutable input of one sweep of one device.
 *
 * @param device as read from sysfs just before
 * @param knownFile its backing file at the last sweep; empty if that is not known, or if a diskseq
 *     identifies the attachment
 * @param names of its backing file known so far
 * @param settings with the patterns to apply once the file is opened
 * @param policy of the device under these names
 * @param sharesFile whether other devices have the same backing file; direct I/O is not switched
 *     then
 * @param allowance of the device
 * @param conditions of the host
 * @param io of the device since its last sweep
 * @param before residency after the last sweep; empty if that is not known
 * @param sinceSweep time since then; empty if this is the first one
 * @param cutShort whether that sweep ran out of time
 * @param fill how fast it filled until then
 * @param backoff whether evictions are paused
 * @param directIo the last finding on direct I/O
 * @param slice time for evicting
 * @param measuringSlice processor time for measuring with mincore, on top of the slice
 * @param sinceFound time since the device was found attached; empty if it was when the daemon
 *     started
 * @param onlyMeasures whether the sweep ends once the file is measured
 */
record SweepJob(
    LoopDevice device,
    Optional<FileIdentity> knownFile,
    FileNames names,
    Settings settings,
    DevicePolicy policy,
    boolean sharesFile,
    Allowance allowance,
    Conditions conditions,
    DeviceIo io,
    Optional<Residency> before,
    OptionalLong sinceSweep,
    boolean cutShort,
    FillRate fill,
    Backoff backoff,
    DirectIoFinding directIo,
    Duration slice,
    Duration measuringSlice,
    Optional<Duration> sinceFound,
    boolean onlyMeasures) {

  /** Returns whether this is the first sweep of the attachment. */
  boolean isFirst() {
    return sinceSweep.isEmpty();
  }

  /** Returns whether the sweep continues an eviction that was cut short just before. */
  boolean isContinuation() {
    return cutShort
        && sinceSweep.isPresent()
        && sinceSweep.getAsLong() < minInterval().toNanos() / 2;
  }

  /** Returns the minimum time until the device can be measured again. */
  Duration minInterval() {
    return policy.interval().min();
  }

  boolean dryRun() {
    return policy.dryRun();
  }

  DirectIoMode directIoMode() {
    return settings.directIo();
  }

  /** Returns how fast the device fills, given the residency just measured. */
  FillRate fillTo(Residency now) {
    if (sinceSweep.isEmpty() || before.isEmpty() || isContinuation()) {
      return fill; // no rate from the first measurement, nor from a few milliseconds
    }
    long grown = now.residentBytes() - before.get().residentBytes();
    if (!now.isExact() || !before.get().isExact()) {
      grown = Math.min(grown, io.maxAddedBytes()); // estimates vary
    }
    return fill.observe(grown, Duration.ofNanos(Math.max(1, sinceSweep.getAsLong())));
  }
}
