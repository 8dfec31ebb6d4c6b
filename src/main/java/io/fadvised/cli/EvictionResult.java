package io.fadvised.cli;

import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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

  /** Returns the JSON fields: null where nothing was measured, {@code error} only on failure. */
  Map<String, @Nullable Object> fields() {
    boolean measured = before.isPresent() && after.isPresent();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("target", target);
    fields.put("residentBeforeBytes", measured ? resident(before) : null);
    fields.put("residentAfterBytes", measured ? resident(after) : null);
    fields.put("releasedBytes", measured ? releasedBytes() : null);
    fields.put("measureMicros", measured ? micros(measuring) : null);
    fields.put("evictMicros", measured && !dryRun ? micros(evicting) : null);
    fields.put("dryRun", dryRun);
    error.ifPresent(words -> fields.put("error", words));
    return fields;
  }

  private static long micros(Duration time) {
    return TimeUnit.NANOSECONDS.toMicros(time.toNanos());
  }

  private static long resident(Optional<Residency> residency) {
    return residency.map(Residency::residentBytes).orElse(0L);
  }
}
