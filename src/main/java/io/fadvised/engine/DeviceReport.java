package io.fadvised.engine;

import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One device. State and reason are those of its last sweep; the residency may be newer.
 *
 * @param device attributes in sysfs
 * @param state managed, idle, paused and so on
 * @param reason of the state
 * @param residency at {@code measuredAt}; empty if it was not measured
 * @param measuredAt the time of the last measurement, by a sweep or between two; empty likewise
 * @param isOutdated whether the device has had I/O since then, or may have had
 * @param probe the system call that measured it; empty likewise
 * @param foundBy how the backing file was reached; empty if it was not
 * @param allowanceBytes the allowance at present
 * @param payers cgroups at their limits that are charged for the lower cache
 * @param fill how fast the lower cache fills
 * @param interval between the last measurement and the next one
 * @param lastSweep when it was last swept; empty if never
 * @param directIo whether direct I/O is available, or the result of switching it on; empty if there
 *     is nothing to report
 * @param totals work done for this attachment
 * @param outBytes evicted and not read back
 */
public record DeviceReport(
    LoopDevice device,
    DeviceState state,
    Reason reason,
    Optional<Residency> residency,
    Optional<Instant> measuredAt,
    boolean isOutdated,
    Optional<String> probe,
    Optional<String> foundBy,
    long allowanceBytes,
    List<String> payers,
    FillRate fill,
    Duration interval,
    Optional<Instant> lastSweep,
    String directIo,
    DeviceTotals totals,
    long outBytes) {

  /**
   * Returns whether the lower cache may be larger than the residency, which counts as zero if it is
   * empty. Excluded devices have none, and that of a follower is its lead's.
   */
  public boolean isLowerBound() {
    return switch (state) {
      case NEW, MANAGED, IDLE, PAUSED, DIRECT, DELETED, UNREACHABLE, QUARANTINED, FAILED ->
          isOutdated || residency.isEmpty();
      case SHARED, EXCLUDED, BLOCK_DEVICE, IN_MEMORY -> false;
    };
  }
}
