package io.fadvised.status;

import io.fadvised.engine.DeviceReport;
import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/**
 * One loop device, flat, for a table or JSON. Sizes are in bytes.
 *
 * @param device the kernel's name
 * @param backingFile the path, printable; a label only
 * @param sizeBytes the device's size
 * @param offsetBytes where in the backing file it begins
 * @param sizeLimitBytes 0 is none
 * @param readOnly attached read-only
 * @param directIo whether direct I/O is on; empty where the kernel has none
 * @param directIoWords whether it could be had, or what came of switching it on; empty if there is
 *     nothing to say
 * @param logicalBlockBytes the device's sector size
 * @param diskSequence diskseq; empty before 5.15
 * @param state see {@link io.fadvised.engine.DeviceState#label}
 * @param reasonCode see {@link io.fadvised.policy.Reason.Code#label}
 * @param reason in words
 * @param residentBytes of the backing file; empty if not measured
 * @param residencyErrorBytes how far off that may be; 0 if all was counted
 * @param unmeasuredBytes length of what was estimated from a sample instead of being counted
 * @param dirtyBytes empty if not known
 * @param writebackBytes empty if not known
 * @param probe the system call that measured; empty if not measured
 * @param foundBy how the backing file was reached; empty if it was not
 * @param allowanceBytes what it may hold at present
 * @param fillBytesPerSecond how fast it fills
 * @param intervalMillis until the next look
 * @param releasedBytes since the daemon started
 * @param returnedBytes since the daemon started
 * @param outBytes evicted and not come back
 * @param sweeps since the daemon started
 * @param secondsSinceSweep how old what was measured is; empty if never swept
 */
public record DeviceStatus(
    String device,
    String backingFile,
    long sizeBytes,
    long offsetBytes,
    long sizeLimitBytes,
    boolean readOnly,
    Optional<Boolean> directIo,
    String directIoWords,
    int logicalBlockBytes,
    OptionalLong diskSequence,
    String state,
    String reasonCode,
    String reason,
    OptionalLong residentBytes,
    OptionalLong residencyErrorBytes,
    OptionalLong unmeasuredBytes,
    OptionalLong dirtyBytes,
    OptionalLong writebackBytes,
    Optional<String> probe,
    Optional<String> foundBy,
    long allowanceBytes,
    long fillBytesPerSecond,
    long intervalMillis,
    long releasedBytes,
    long returnedBytes,
    long outBytes,
    long sweeps,
    OptionalLong secondsSinceSweep) {

  /**
   * Flattens a report.
   *
   * @param at when it was made
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
        number(residency, Residency::errorBytes),
        number(residency, Residency::unmeasuredBytes),
        residency.map(Residency::dirtyBytes).orElse(OptionalLong.empty()),
        residency.map(Residency::writebackBytes).orElse(OptionalLong.empty()),
        report.probe(),
        report.foundBy(),
        report.allowanceBytes(),
        (long) report.fill().bytesPerSecond(),
        report.interval().toMillis(),
        report.totals().releasedBytes(),
        report.totals().returnedBytes(),
        report.outBytes(),
        report.totals().sweeps(),
        report.lastSweep().stream().mapToLong(sweep -> secondsBetween(sweep, at)).findFirst());
  }

  /** Not less than none, though clocks are set back. */
  private static long secondsBetween(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toSeconds());
  }

  private static OptionalLong number(
      Optional<Residency> residency, ToLongFunction<Residency> part) {
    return residency.stream().mapToLong(part).findFirst();
  }

  /** Dirty or on its way to the disk; empty if not known. */
  public OptionalLong unwrittenBytes() {
    return dirtyBytes.isPresent()
        ? OptionalLong.of(dirtyBytes.getAsLong() + writebackBytes.orElse(0))
        : OptionalLong.empty();
  }
}
