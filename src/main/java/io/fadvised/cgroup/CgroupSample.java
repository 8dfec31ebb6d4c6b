package io.fadvised.cgroup;

import io.fadvised.pressure.Psi;
import java.util.Map;
import java.util.Optional;

/**
 * One memory cgroup at one moment, the cgroups below it included.
 *
 * @param limitBytes the lower one of its limits
 * @param refaultedPages file pages that were reclaimed and soon needed again, since it was made
 * @param reclaimedPages pages that reclaim took, for a limit or for the host; 0 if not counted
 * @param inactiveFileBytes the list of file pages that reclaim takes next
 * @param activeFileBytes the list of the other file pages
 * @param stall time in which its tasks were stalled for memory; empty without PSI
 * @param ioBytes read and written by loop device; empty with cgroup v1
 */
public record CgroupSample(
    long limitBytes,
    long refaultedPages,
    long reclaimedPages,
    long inactiveFileBytes,
    long activeFileBytes,
    Optional<Psi> stall,
    Map<String, Long> ioBytes) {
  public CgroupSample {
    ioBytes = Map.copyOf(ioBytes);
  }

  public long fileBytes() {
    return inactiveFileBytes + activeFileBytes;
  }
}
