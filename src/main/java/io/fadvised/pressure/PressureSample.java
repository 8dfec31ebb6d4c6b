package io.fadvised.pressure;

import java.util.Optional;

/**
 * The host's memory at one moment.
 *
 * @param memory sizes
 * @param watermarkBytes free memory up to which kswapd reclaims
 * @param cache counters of the kernel's own reclaim, since boot
 * @param memoryStall stall times for lack of memory; empty without PSI (before 4.20, or switched
 *     off)
 * @param ioStall stall times for I/O; empty likewise
 */
public record PressureSample(
    MemInfo memory,
    long watermarkBytes,
    VmStat cache,
    Optional<Psi> memoryStall,
    Optional<Psi> ioStall) {}
