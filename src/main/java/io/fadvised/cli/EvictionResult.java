package io.fadvised.cli;

import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What became of one target.
 *
 * @param target as the operator named it
 * @param before what was resident; empty if it could not be measured
 * @param after what was resident in the end; empty likewise
 * @param measuring how long it took to measure
 * @param evicting how long it took to evict, and to see what left; zero if nothing was evicted
 * @param dryRun whether it was only measured
 * @param error what went wrong, in a sentence without a subject; empty if nothing did
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

  /** Bytes that were resident before and are no longer; 0 if more came than left. */
  long releasedBytes() {
    return Math.max(0, resident(before) - resident(after));
  }

  /** As a JSON object: null where nothing was measured, {@code error} only where there is one. */
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
