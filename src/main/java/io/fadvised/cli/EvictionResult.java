package io.fadvised.cli;

import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.Optional;

/**
 * The result of {@code fadvised evict} for one target.
 *
 * @param target as the operator named it
 * @param before residency before the eviction; empty if it could not be measured
 * @param after residency after the eviction; empty if it could not be measured
 * @param measuring time of the first measurement
 * @param evicting time of the eviction, including its measurements; unused in a dry run
 * @param dryRun whether it was only measured
 * @param error the failure, as a sentence without a subject; empty on success
 */
record EvictionResult(
    String target,
    Optional<Residency> before,
    Optional<Residency> after,
    Duration measuring,
    Duration evicting,
    boolean dryRun,
    Optional<String> error) {

  static EvictionResult failed(String target, boolean dryRun, String error) {
    return new EvictionResult(
        target,
        Optional.empty(),
        Optional.empty(),
        Duration.ZERO,
        Duration.ZERO,
        dryRun,
        Optional.of(error));
  }

  /** Returns the decrease of the resident bytes; 0 if they grew. */
  long releasedBytes() {
    return Math.max(0, resident(before) - resident(after));
  }

  private static long resident(Optional<Residency> residency) {
    return residency.map(Residency::residentBytes).orElse(0L);
  }
}
