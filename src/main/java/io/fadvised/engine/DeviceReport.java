package io.fadvised.engine;

import io.fadvised.loop.LoopDevice;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.FillRate;
import io.fadvised.policy.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One device as of its last sweep.
 *
 * @param device what sysfs says
 * @param state what fadvised makes of it
 * @param reason why
 * @param residency what was resident at the end of the last sweep; empty if it was never measured
 * @param probe the system call that measured it; empty likewise
 * @param foundBy how the backing file was reached; empty if it was not
 * @param allowanceBytes how much it may hold at present
 * @param fill how fast it fills
 * @param interval until the next look, from the last one
 * @param lastSweep when it was last swept; empty if never
 * @param directIo whether it could do direct I/O, or what came of switching it on; empty if there
 *     is nothing to say
 * @param totals what was done
 * @param outBytes what was evicted and has not come back
 */
public record DeviceReport(
    LoopDevice device,
    DeviceState state,
    Reason reason,
    Optional<Residency> residency,
    Optional<String> probe,
    Optional<String> foundBy,
    long allowanceBytes,
    FillRate fill,
    Duration interval,
    Optional<Instant> lastSweep,
    String directIo,
    DeviceTotals totals,
    long outBytes) {}
