package io.fadvised.status;

import static java.util.Objects.requireNonNull;

import io.avaje.jsonb.Json;
import io.fadvised.engine.DeviceReport;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * One loop device as flat values, for a table or JSON. Sizes are in bytes.
 *
 * @param device such as {@code loop3}
 * @param backingFile the path, printable; a label only
 * @param sizeBytes the device's size
 * @param offsetBytes where in the backing file it begins
 * @param sizeLimitBytes 0 means none
 * @param directIo whether direct I/O is on; empty if the kernel does not support it
 * @param directIoFinding the availability of direct I/O, or the result of switching it on; empty if
 *     there is nothing to report
 * @param sectorBytes the device's sector size
 * @param diskSequence diskseq; empty before 5.15
 * @param state see {@link io.fadvised.engine.DeviceState#label}
 * @param reasonCode see {@link io.fadvised.policy.Reason.Code#label}
 * @param reason in words
 * @param residentBytes resident bytes of the backing file as last measured; empty if not measured
 * @param secondsSinceMeasurement age of {@code residentBytes}; empty if not measured
 * @param ioSinceMeasurement whether the device has had I/O since then, or may have had
 * @param measuredSinceSweep whether {@code residentBytes} is newer than the reason
 * @param residencyErrorBytes maximum error of {@code residentBytes}; 0 if all pages were counted
 * @param unmeasuredBytes length of the part that was estimated from a sample
 * @param dirtyBytes empty if unknown
 * @param writebackBytes empty if unknown
 * @param probe the system call of the measurement; empty if not measured
 * @param foundBy how the backing file was reached; empty if it was not
 * @param allowanceBytes the current allowance
 * @param payers cgroups at their limits that are charged for the lower cache
 * @param fillBytesPerSecond growth of the lower cache
 * @param intervalMillis interval between sweeps
 * @param releasedBytes since the daemon started
 * @param returnedBytes since the daemon started
 * @param givenBackBytes evicted and not read back
 * @param sweeps since the daemon started
 * @param secondsSinceSweep age of the reason; empty if never swept
 */
@Json
public record DeviceStatus(
    String device,
    String backingFile,
    long sizeBytes,
    long offsetBytes,
    long sizeLimitBytes,
    boolean readOnly,
    Optional<Boolean> directIo,
    String directIoFinding,
    int sectorBytes,
    OptionalLong diskSequence,
    String state,
    String reasonCode,
    String reason,
    OptionalLong residentBytes,
    OptionalLong secondsSinceMeasurement,
    boolean ioSinceMeasurement,
    boolean measuredSinceSweep,
    OptionalLong residencyErrorBytes,
    OptionalLong unmeasuredBytes,
    OptionalLong dirtyBytes,
    OptionalLong writebackBytes,
    Optional<String> probe,
    Optional<String> foundBy,
    long allowanceBytes,
    List<String> payers,
    long fillBytesPerSecond,
    long intervalMillis,
    long releasedBytes,
    long returnedBytes,
    long givenBackBytes,
    long sweeps,
    OptionalLong secondsSinceSweep) {

  /** Rejects null, which JSON from elsewhere may contain. */
  public DeviceStatus {
    requireNonNull(device, "no \"device\"");
    requireNonNull(backingFile, "no \"backingFile\"");
    requireNonNull(directIoFinding, "no \"directIoFinding\"");
    requireNonNull(state, "no \"state\"");
    requireNonNull(reasonCode, "no \"reasonCode\"");
    requireNonNull(reason, "no \"reason\"");
    payers = payers == null ? List.of() : List.copyOf(payers); // of an older daemon
  }

  /**
   * Flattens a report.
   *
   * @param at the time of the report
   */
  public static DeviceStatus of(DeviceReport report, Instant at) {
    LoopDevice device = report.device();
    Optional<Residency> residency = report.residency();
    return new DeviceStatus(
        device.name(),
        device.backingPath().toString(),
        device.sizeBytes(),
        device.offsetBytes(),
        device.sizeLimitBytes(),
        device.readOnly(),
        device.directIo(),
        report.directIo(),
        device.logicalBlockBytes(),
        device.diskSequence(),
        report.state().label(),
        report.reason().code().label(),
        report.reason().words(),
        number(residency, Residency::residentBytes),
        secondsBetween(report.measuredAt(), at),
        report.isOutdated(),
        isAfter(report.measuredAt(), report.lastSweep()),
        number(residency, Residency::errorBytes),
        number(residency, Residency::unmeasuredBytes),
        residency.map(Residency::dirtyBytes).orElse(OptionalLong.empty()),
        residency.map(Residency::writebackBytes).orElse(OptionalLong.empty()),
        report.probe(),
        report.foundBy(),
        report.allowanceBytes(),
        report.payers(),
        (long) report.fill().bytesPerSecond(),
        report.interval().toMillis(),
        report.totals().releasedBytes(),
        report.totals().returnedBytes(),
        report.outBytes(),
        report.totals().sweeps(),
        secondsBetween(report.lastSweep(), at));
  }

  /** 0 instead of a negative number if the clock was set back. */
  private static OptionalLong secondsBetween(Optional<Instant> from, Instant to) {
    return number(from, start -> Math.max(0, Duration.between(start, to).toSeconds()));
  }

  private static boolean isAfter(Optional<Instant> measurement, Optional<Instant> sweep) {
    return measurement.isPresent() && sweep.filter(measurement.get()::isAfter).isPresent();
  }

  /** A stream would take longer: there are thousands of devices with ten numbers each. */
  private static <T> OptionalLong number(Optional<T> whole, ToLongFunction<T> part) {
    return whole.isPresent()
        ? OptionalLong.of(part.applyAsLong(whole.get()))
        : OptionalLong.empty();
  }

  /** Dirty bytes and bytes under writeback; empty if unknown. */
  public OptionalLong unwrittenBytes() {
    return dirtyBytes.isPresent()
        ? OptionalLong.of(dirtyBytes.getAsLong() + writebackBytes.orElse(0))
        : OptionalLong.empty();
  }
}
